import { Fault } from '../../base/fault';
import { NOT_AN_INTEGER, SYNTAX, wrongArity } from './faults';
import { parseInteger } from './numbers';
import type { Argument } from './wire';

/** What a key argument is used for, in Redis's words: the first is one of RO, RW, OW, RM. */
export type KeyFlag =
  | 'RO'
  | 'RW'
  | 'OW'
  | 'RM'
  | 'access'
  | 'update'
  | 'insert'
  | 'delete'
  | 'not_key'
  | 'incomplete'
  /** RW and access only where the option GET is given; OW and update otherwise. */
  | 'variable_flags';

export type ShapeType =
  | 'string'
  | 'integer'
  | 'double'
  | 'key'
  | 'pattern'
  | 'unix-time'
  | 'pure-token'
  | 'oneof'
  | 'block';

/** How an argument is shown: one node of COMMAND DOCS, the syntax line and completion. */
export interface Shape {
  /** The property's name when absent. */
  readonly name?: string;
  readonly type: ShapeType;
  readonly token?: string;
  readonly optional?: boolean;
  readonly multiple?: boolean;
  readonly children?: readonly Shape[];
  /** For keys. */
  readonly use?: readonly KeyFlag[];
}

/** The words of one request and how far they are read. */
export interface Input {
  readonly args: readonly Argument[];
  readonly argc: number;
  at: number;
  /** 'get' or 'config|get', for arity errors. */
  readonly command: string;
}

/** Read where it stands, in the order of the declaration. */
export interface Positional<T> {
  readonly kind: 'positional';
  /** Words it takes at the least. */
  readonly least: number;
  /** Takes all words that are left. */
  readonly rest: boolean;
  /** No documentation where absent. */
  readonly shape?: Shape;
  /** In place of `shape` where it is shown as several. */
  readonly shapes?: readonly Shape[];
  /** Its first word is the number of keys that follow, used so. */
  readonly keysCounted?: readonly KeyFlag[];
  /** Distance from one key to the next where `rest` holds keys among other words. */
  readonly keyStep?: number;
  read(input: Input): T;
}

/** One token of an option and what follows it. */
export interface Choice<T> {
  readonly token: string;
  /** Words after the token at the least. */
  readonly least: number;
  /** `before` is what the option holds so far. */
  read(input: Input, before: T): T;
}

/** Found by its token anywhere after the positional arguments, in any case. */
export interface Option<T> {
  readonly kind: 'option';
  readonly required: boolean;
  readonly absent: T;
  readonly choices: readonly Choice<T>[];
  /** Choices that may be given together. */
  readonly together: boolean;
  readonly shape: Shape;
  /** Where keys follow the token `DEPS n key ...`. */
  readonly counted?: { token: string; use: readonly KeyFlag[] };
}

export type Arg<T> = Positional<T> | Option<T>;
// biome-ignore lint/suspicious/noExplicitAny: only here; the parser puts together what Parsed<A> takes apart again
export type Args = Readonly<Record<string, Arg<any>>>;
/** What `run` receives: each argument by its property's name. */
export type Parsed<A extends Args> = { readonly [K in keyof A]: A[K] extends Arg<infer T> ? T : never };

function next(input: Input): Argument {
  if (input.at >= input.argc) throw SYNTAX;
  return input.args[input.at++]!;
}

function single<T>(shape: Shape, read: (word: Argument) => T): Positional<T> {
  return { kind: 'positional', least: 1, rest: false, shape, read: (input) => read(next(input)) };
}

function named(name: string | undefined, shape: Shape): Shape {
  return name === undefined ? shape : { ...shape, name };
}

// --- one word ----------------------------------------------------------------------------------------------------------

/** The bytes as they came, shown as `type`; good until the command has answered. */
export function bytes(name?: string, type: ShapeType = 'string'): Positional<Argument> {
  return single(named(name, { type }), (word) => word);
}

export function key(...use: readonly KeyFlag[]): Positional<Argument> {
  return single({ type: 'key', use }, (word) => word);
}

/** A latin1 string. */
export function text(name?: string, type: ShapeType = 'string'): Positional<string> {
  return single(named(name, { type }), (word) => word.toString());
}

export interface IntegerRange {
  min?: number;
  max?: number;
  /** Said when it is no integer; Redis's usual line when absent. */
  error?: Fault;
  /** Said when it is one, but not from `min` to `max`. */
  outOfRange?: Fault;
}

/** Beyond 2^53 the nearest double: for numbers that are clamped or compared. */
export function integer(range: IntegerRange = {}, name?: string): Positional<number> {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, error = NOT_AN_INTEGER } = range;
  const outOfRange = range.outOfRange ?? new Fault(`ERR value is out of range, value must between ${min} and ${max}`);
  return single(named(name, { type: 'integer' }), (word) => {
    const value = parseInteger(word);
    if (value === undefined) throw error;
    if (value < min || value > max) throw outOfRange;
    return Number(value);
  });
}

const INT32: IntegerRange = { min: -2147483648, max: 2147483647 };

/** A C int, as database numbers are. */
export function int32(name?: string): Positional<number> {
  return integer(INT32, name);
}

/** Exact: a number when short, a bigint when long. */
export function int64(name?: string): Positional<number | bigint> {
  return single(named(name, { type: 'integer' }), (word) => {
    const value = parseInteger(word);
    if (value === undefined) throw NOT_AN_INTEGER;
    return value;
  });
}

// --- several words -------------------------------------------------------------------------------------------------

/** Nothing when no words are left. */
export function optional<T>(arg: Positional<T>): Positional<T | undefined> {
  return {
    ...arg,
    least: 0,
    ...(arg.shape && { shape: { ...arg.shape, optional: true } }),
    read: (input) => (input.at < input.argc ? arg.read(input) : undefined),
  };
}

/** As `optional`, where Redis says syntax error of more words, not that their number is wrong. */
export function optionalLast<T>(arg: Positional<T>): Positional<T | undefined> {
  const last = optional(arg);
  return {
    ...last,
    rest: true,
    read(input) {
      const value = last.read(input);
      if (input.at < input.argc) throw SYNTAX;
      return value;
    },
  };
}

/** All words that are left, one at the least. `name` is each one's in the documentation. */
export function many<T>(arg: Positional<T>, name?: string): Positional<T[]> {
  return {
    kind: 'positional',
    least: arg.least,
    rest: true,
    keyStep: 1,
    ...(arg.shape && { shape: named(name, { ...arg.shape, multiple: true }) }),
    read(input) {
      const all: T[] = [];
      do all.push(arg.read(input));
      while (input.at < input.argc);
      return all;
    },
  };
}

/** `key value [key value ...]`. An odd number of words is a wrong number of arguments. */
export function pairs<A, B>(
  first: Positional<A>,
  second: Positional<B>,
  names: readonly [string, string],
): Positional<[A, B][]> {
  const children = [
    { type: 'string' as const, ...first.shape, name: names[0] },
    { type: 'string' as const, ...second.shape, name: names[1] },
  ];
  return {
    kind: 'positional',
    least: 2,
    rest: true,
    keyStep: 2,
    shape: { type: 'block', multiple: true, children },
    read(input) {
      if ((input.argc - input.at) % 2 !== 0) throw wrongArity(input.command);
      const all: [A, B][] = [];
      while (input.at < input.argc) all.push([first.read(input), second.read(input)]);
      return all;
    },
  };
}

/** The same words, shown otherwise; shown not at all without a shape. */
export function shown<T>(arg: Positional<T>, shape?: Shape): Positional<T> {
  const { shape: _, ...rest } = arg;
  return shape === undefined ? rest : { ...rest, shape };
}

/** The optional block `value [TOKEN]` at the end of a command. */
export function optionalBlock<T>(
  value: Positional<T>,
  token: string,
): Positional<{ value: T; flag: boolean } | undefined> {
  const pure: Shape = { type: 'pure-token', token, optional: true, name: token.toLowerCase() };
  return {
    kind: 'positional',
    least: 0,
    rest: true,
    shape: { type: 'block', optional: true, children: [{ type: 'string', ...value.shape }, pure] },
    read(input) {
      if (input.at >= input.argc) return undefined;
      const read = value.read(input);
      if (input.at === input.argc) return { value: read, flag: false };
      if (input.argc - input.at > 1 || next(input).toString().toUpperCase() !== token) throw SYNTAX;
      return { value: read, flag: true };
    },
  };
}

/** All words that are left, read by the command itself; `shapes` is how they are shown. */
export function tail(least: number, ...shapes: readonly Shape[]): Positional<Argument[]> {
  return {
    kind: 'positional',
    least,
    rest: true,
    shapes,
    read(input) {
      const words = input.args.slice(input.at, input.argc);
      input.at = input.argc;
      return words;
    },
  };
}

export interface NumkeysFaults {
  notInteger?: Fault;
  /** It is no more than 0. */
  none: (command: string) => Fault;
  /** There are fewer words than that. */
  tooMany?: Fault;
}

/** `numkeys key [key ...]`. */
export function numkeys(
  { notInteger = NOT_AN_INTEGER, none, tooMany = SYNTAX }: NumkeysFaults,
  ...use: readonly KeyFlag[]
): Positional<Argument[]> {
  const count = integer({ error: notInteger });
  return {
    kind: 'positional',
    least: 2,
    rest: true,
    keysCounted: use,
    shapes: [
      { name: 'numkeys', type: 'integer' },
      { name: 'key', type: 'key', use, multiple: true },
    ],
    read(input) {
      const n = count.read(input);
      if (n <= 0) throw none(input.command);
      if (n > input.argc - input.at) throw tooMany;
      return Array.from({ length: n }, () => next(input));
    },
  };
}

// --- options -------------------------------------------------------------------------------------------------------------

export function flag(token: string): Option<boolean> {
  return {
    kind: 'option',
    required: false,
    absent: false,
    together: false,
    choices: [{ token, least: 0, read: () => true }],
    shape: { type: 'pure-token', token, optional: true },
  };
}

function pureTokens(tokens: readonly string[]): Shape[] {
  return tokens.map((token) => ({ name: token.toLowerCase(), type: 'pure-token', token }));
}

export function oneOf<const T extends string>(...tokens: readonly T[]): Option<T | undefined> {
  return {
    kind: 'option',
    required: false,
    absent: undefined,
    together: false,
    choices: tokens.map((token) => ({ token, least: 0, read: () => token })),
    shape: { type: 'oneof', optional: true, children: pureTokens(tokens) },
  };
}

/** Which of the tokens were given; the command itself says which go together. */
export function anyOf<const T extends string>(...tokens: readonly T[]): Option<ReadonlySet<T>> {
  return {
    kind: 'option',
    required: false,
    absent: new Set(),
    together: true,
    choices: tokens.map((token) => ({ token, least: 0, read: (_, before) => new Set(before).add(token) })),
    shape: { type: 'oneof', optional: true, children: pureTokens(tokens) },
  };
}

/** `TOKEN value`; undefined when absent. */
export function token<T>(token: string, value: Positional<T>): Option<T | undefined> {
  return {
    kind: 'option',
    required: false,
    absent: undefined,
    together: false,
    choices: [{ token, least: value.least, read: (input) => value.read(input) }],
    shape: { type: 'string', ...value.shape, token, optional: true },
  };
}

export interface Chosen<K, T> {
  readonly token: K;
  readonly value: T;
}
type ChosenOf<C> = {
  [K in keyof C]: Chosen<K, C[K] extends Positional<infer T> ? T : undefined>;
}[keyof C];

/** One of several tokens, each with its own value (a Positional) or none (null). */
// biome-ignore lint/suspicious/noExplicitAny: the mapped type above names each value's type
export function choice<C extends Readonly<Record<string, Positional<any> | null>>>(
  choices: C,
): Option<ChosenOf<C> | undefined> {
  const entries = Object.entries(choices);
  return {
    kind: 'option',
    required: false,
    absent: undefined,
    together: false,
    choices: entries.map(([token, value]) => ({
      token,
      least: value?.least ?? 0,
      read: (input) => ({ token, value: value?.read(input) }) as ChosenOf<C>,
    })),
    shape: {
      type: 'oneof',
      optional: true,
      children: entries.map(([token, value]) =>
        value === null
          ? { name: token.toLowerCase(), type: 'pure-token', token }
          : { type: 'string', ...value.shape, token },
      ),
    },
  };
}

const BAD_COUNT = new Fault('ERR value is out of range, must be positive');

/** `TOKEN n item [item ...]` with n of them. */
export function counted<T>(token: string, name: string, item: Positional<T>): Option<T[] | undefined> {
  const count = integer({ min: 1, outOfRange: BAD_COUNT });
  const use = item.shape?.use;
  return {
    kind: 'option',
    required: false,
    absent: undefined,
    together: false,
    choices: [
      {
        token,
        least: 2,
        read(input) {
          const n = count.read(input);
          if (n > input.argc - input.at) throw SYNTAX;
          return Array.from({ length: n }, () => item.read(input));
        },
      },
    ],
    shape: {
      type: 'block',
      token,
      optional: true,
      children: [
        { name: `num${name}s`, type: 'integer' },
        { type: 'string', ...item.shape, name, multiple: true },
      ],
    },
    ...(use && { counted: { token, use } }),
  };
}

/** `TOKEN a b`: two words after one token. */
export function both<A, B>(
  token: string,
  first: Positional<A>,
  second: Positional<B>,
): Option<readonly [A, B] | undefined> {
  const children: Shape[] = [
    { type: 'string', ...first.shape },
    { type: 'string', ...second.shape },
  ];
  return {
    kind: 'option',
    required: false,
    absent: undefined,
    together: false,
    choices: [{ token, least: 2, read: (input) => [first.read(input), second.read(input)] as const }],
    shape: { type: 'block', token, optional: true, children },
  };
}

/** An option that must be there. */
export function required<T>(option: Option<T | undefined>): Option<T> {
  const { optional: _, ...shape } = option.shape;
  return { ...option, required: true, shape } as Option<T>;
}
