import { isIP } from 'node:net';

/**
 * What a setting's text may be. The same kind reads a YAML scalar, a flag, a variable and CONFIG SET, and writes the
 * answer of CONFIG GET.
 */
export interface Kind<T, Suffix extends string = string> {
  /** Stands for the value in --help: "size". */
  readonly placeholder: string;
  /** Added to the property's name in code, where the unit is not the type's own: 'Ms' for durations. */
  readonly suffix: Suffix;
  /** The unit of a plain number, for the docs. */
  readonly unit: string;
  /** A file's name: made absolute when the configuration is loaded. */
  readonly isPath?: boolean;
  /** Never shown in errors. */
  readonly isSecret?: boolean;
  parse(text: string): Parsed<T>;
  /** As CONFIG GET answers: sizes in bytes, durations in the setting's unit. */
  format(value: T): string;
  /** As a person would write it. */
  print(value: T): string;
}

export type Parsed<T> = { ok: true; value: T } | { ok: false; expected: string };

const good = <T>(value: T): Parsed<T> => ({ ok: true, value });
const bad = (expected: string): { ok: false; expected: string } => ({ ok: false, expected });

export interface Range {
  min?: number;
  max?: number;
}

function within(value: number, { min, max }: Range, print: (n: number) => string): Parsed<number> {
  if (min !== undefined && value < min) return bad(`at least ${print(min)}`);
  if (max !== undefined && value > max) return bad(`at most ${print(max)}`);
  return good(value);
}

const KB = 1024;
/** Redis's suffixes: 1k is 1000, 1kb is 1024. */
const SIZE_UNITS = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1000],
  ['kb', KB],
  ['m', 1000 ** 2],
  ['mb', KB ** 2],
  ['g', 1000 ** 3],
  ['gb', KB ** 3],
]);

export function printSize(bytes: number): string {
  for (const unit of ['gb', 'mb', 'kb']) {
    const scale = SIZE_UNITS.get(unit)!;
    if (bytes >= scale && bytes % scale === 0) return `${bytes / scale}${unit}`;
  }
  return String(bytes);
}

/** Bytes. */
export function size(range: Range = {}): Kind<number, ''> {
  return {
    placeholder: 'size',
    suffix: '',
    unit: 'bytes',
    parse(text) {
      const [, digits, unit] = /^(\d{1,15})([a-z]{0,2})$/i.exec(text) ?? [];
      const scale = unit === undefined ? undefined : SIZE_UNITS.get(unit.toLowerCase());
      if (digits === undefined || scale === undefined) return bad('a size such as 256mb');
      return within(Number(digits) * scale, { max: Number.MAX_SAFE_INTEGER, ...range }, printSize);
    },
    format: String,
    print: printSize,
  };
}

const DURATION_UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const UNIT_NAMES = { ms: 'milliseconds', s: 'seconds' };

export function printDuration(ms: number): string {
  if (ms === 0) return '0';
  for (const unit of ['d', 'h', 'm', 's']) {
    const scale = DURATION_UNITS.get(unit)!;
    if (ms >= scale && ms % scale === 0) return `${ms / scale}${unit}`;
  }
  return `${ms}ms`;
}

/** Milliseconds in code, whatever unit a plain number has in text. The range is in milliseconds. */
export function duration(unit: 'ms' | 's', range: Range = {}): Kind<number, 'Ms'> {
  return {
    placeholder: 'duration',
    suffix: 'Ms',
    unit: UNIT_NAMES[unit],
    parse(text) {
      const [, digits, written] = /^(\d{1,13}(?:\.\d{1,3})?)([a-z]{0,2})$/i.exec(text) ?? [];
      const scale = DURATION_UNITS.get(written?.toLowerCase() || unit);
      if (digits === undefined || scale === undefined) {
        return bad(`a duration such as 500ms, 30s or 10m (a plain number is ${UNIT_NAMES[unit]})`);
      }
      return within(Math.round(Number(digits) * scale), { max: 1e15, ...range }, printDuration);
    },
    format: (ms) => String(ms / DURATION_UNITS.get(unit)!),
    print: printDuration,
  };
}

export function integer(range: Range = {}, unit = ''): Kind<number, ''> {
  return {
    placeholder: 'number',
    suffix: '',
    unit,
    parse(text) {
      if (!/^-?\d{1,15}$/.test(text)) return bad('a whole number');
      return within(Number(text), range, String);
    },
    format: String,
    print: String,
  };
}

/** File permissions, octal as chmod takes them; 0 leaves them to the umask. */
export function permissions(): Kind<number, ''> {
  return {
    placeholder: 'mode',
    suffix: '',
    unit: 'octal',
    parse: (text) => (/^[0-7]{1,4}$/.test(text) ? good(Number.parseInt(text, 8)) : bad('file permissions such as 700')),
    format: (mode) => mode.toString(8),
    print: (mode) => mode.toString(8),
  };
}

const TRUTH = new Map([
  ['yes', true],
  ['on', true],
  ['true', true],
  ['no', false],
  ['off', false],
  ['false', false],
]);

export function boolean(): Kind<boolean, ''> {
  return {
    placeholder: 'yes|no',
    suffix: '',
    unit: '',
    parse(text) {
      const value = TRUTH.get(text.toLowerCase());
      return value === undefined ? bad('yes or no') : good(value);
    },
    format: (value) => (value ? 'yes' : 'no'),
    print: (value) => (value ? 'yes' : 'no'),
  };
}

export function oneOf<const W extends string>(...words: readonly W[]): Kind<W, ''> {
  return {
    placeholder: words.length > 3 ? 'word' : words.join('|'),
    suffix: '',
    unit: '',
    parse(text) {
      const word = words.find((each) => each === text.toLowerCase());
      return word === undefined ? bad(`one of ${words.join(', ')}`) : good(word);
    },
    format: (word) => word,
    print: (word) => word,
  };
}

/** "10%" or "0.1", as a share of 0 to 1; undefined if it is none. */
function shareOf(text: string): number | undefined {
  const [, digits, percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
  const value = Number(digits) / (percent === '%' ? 100 : 1);
  return value <= 1 ? value : undefined;
}

const printShare = (share: number) => `${Number((share * 100).toFixed(4))}%`;

export function share(): Kind<number, ''> {
  return {
    placeholder: 'share',
    suffix: '',
    unit: '',
    parse(text) {
      const value = shareOf(text);
      return value === undefined ? bad('a share such as 10%') : good(value);
    },
    format: printShare,
    print: printShare,
  };
}

/** A share, or one of these words. */
export function shareOr<const W extends string>(...among: readonly W[]): Kind<number | W, ''> {
  const print = (value: number | W) => (typeof value === 'number' ? printShare(value) : value);
  return {
    placeholder: ['share', ...among].join('|'),
    suffix: '',
    unit: '',
    parse(text) {
      const value = among.find((word) => word === text.toLowerCase()) ?? shareOf(text);
      return value === undefined ? bad(`a share such as 80%, or ${among.join(', ')}`) : good(value);
    },
    format: print,
    print,
  };
}

/** Any line of text. */
export function line(placeholder: string): Kind<string, ''> {
  return {
    placeholder,
    suffix: '',
    unit: '',
    parse: (text) => (/[\x00-\x1f\x7f]/.test(text) ? bad('one line of text without control characters') : good(text)),
    format: (text) => text,
    print: (text) => text,
  };
}

export function secret(placeholder: string): Kind<string, ''> {
  return { ...line(placeholder), isSecret: true };
}

/** A secret for the headers of HTTP, which only has characters that fit there; or none. */
export function token(lengthMin: number): Kind<string, ''> {
  return {
    ...secret('token'),
    parse: (text) =>
      text === '' || (text.length >= lengthMin && /^[A-Za-z0-9\-._~+/]+=*$/.test(text))
        ? good(text)
        : bad(`at least ${lengthMin} letters, digits and -._~+/`),
  };
}

/** One address or host name. */
export function address(): Kind<string, ''> {
  const isKnown = (text: string) => isIP(text) !== 0 || /^[a-z][a-z0-9.-]{0,252}$/i.test(text);
  return {
    ...line('address'),
    parse: (text) => (isKnown(text) ? good(text) : bad('one address such as 127.0.0.1 or ::')),
  };
}

/** A file or directory. Relative names are made absolute at load, but for the word "auto". */
export function path(placeholder: string): Kind<string, ''> {
  return { ...line(placeholder), isPath: true };
}

/** Host addresses, separated by spaces or commas; none: no TCP listener. */
export function addresses(): Kind<readonly string[], ''> {
  const known = (word: string) => word === '*' || isIP(word) !== 0 || /^[a-z][a-z0-9.-]{0,252}$/i.test(word);
  return {
    placeholder: 'addresses',
    suffix: '',
    unit: '',
    parse(text) {
      const words = text.split(/[\s,]+/).filter((word) => word !== '');
      const isKnown = words.length <= 16 && words.every((word) => known(word.replace(/^-/, '')));
      return isKnown ? good(words) : bad('up to 16 addresses such as 127.0.0.1 or ::1');
    },
    format: (words) => words.join(' '),
    print: (words) => words.join(' '),
  };
}

const WORDS_MAX = 64;
const WORD_LENGTH_MAX = 256;

/** Words, separated by spaces or commas. */
export function words(placeholder: string): Kind<readonly string[], ''> {
  return {
    placeholder,
    suffix: '',
    unit: '',
    parse(text) {
      const found = text.split(/[\s,]+/).filter((word) => word !== '');
      const isGood = found.length <= WORDS_MAX && found.every((word) => word.length <= WORD_LENGTH_MAX);
      return isGood ? good(found) : bad(`up to ${WORDS_MAX} words of at most ${WORD_LENGTH_MAX} characters`);
    },
    format: (list) => list.join(' '),
    print: (list) => list.join(' '),
  };
}

/** An answer that clients read but nobody can change. */
export function fixed<const V extends string>(value: V, why: string): Kind<V, ''> {
  return {
    placeholder: 'fixed',
    suffix: '',
    unit: '',
    parse: (text) => (text.toLowerCase() === value ? good(value) : bad(`${value === '' ? '""' : value} (${why})`)),
    format: (text) => text,
    print: (text) => text,
  };
}
