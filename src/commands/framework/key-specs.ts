import { latin1Of } from '../../base/bytes';
import type { Arg, Args, KeyFlag } from './arguments';
import type { Argument } from './wire';

/** Where keys stand in a request, in Redis's terms: COMMAND INFO shows it, and prefixing clients go by it. */
export interface KeySpec {
  readonly flags: readonly KeyFlag[];
  readonly begin: { readonly index: number } | { readonly keyword: string; readonly startFrom: number };
  readonly find:
    | { readonly lastKey: number; readonly step: number }
    /** The number of keys is a word itself, `keyNumIndex` after the beginning; the first key `firstKey` after it. */
    | { readonly keyNumIndex: number; readonly firstKey: number; readonly step: number };
  readonly notes?: string;
}

export interface KeySpecs {
  readonly specs: readonly KeySpec[];
  /** Property of the declaration -> its specification. */
  readonly ofArgument: ReadonlyMap<string, number>;
}

const FIRST_OF_PAIR = 0;

function useOf(arg: Arg<unknown>): readonly KeyFlag[] | undefined {
  if (arg.kind === 'option') return undefined;
  return arg.shape?.use ?? arg.shape?.children?.[FIRST_OF_PAIR]?.use;
}

/** `skip` words are the command's name. Neighbours with the same use are one specification. */
export function keySpecsOf(args: Args, skip: number, notes?: string): KeySpecs {
  const specs: KeySpec[] = [];
  const ofArgument = new Map<string, number>();
  let index = skip;
  for (const [name, arg] of Object.entries(args)) {
    const use = useOf(arg);
    if (arg.kind === 'positional' && use !== undefined) {
      const last = specs.at(-1);
      const step = arg.keyStep ?? 1;
      if (last !== undefined && isNeighbour(last, index, use)) {
        specs[specs.length - 1] = { ...last, find: { lastKey: index - beginOf(last), step: 1 } };
      } else specs.push(spec(use, { index }, { lastKey: arg.rest ? -1 : 0, step }, notes));
      ofArgument.set(name, specs.length - 1);
    }
    if (arg.kind === 'positional' && arg.keysCounted !== undefined) {
      ofArgument.set(name, specs.length);
      specs.push(spec(arg.keysCounted, { index }, { keyNumIndex: 0, firstKey: 1, step: 1 }, notes));
    }
    if (arg.kind === 'option' && arg.counted !== undefined) {
      const { token, use: flags } = arg.counted;
      ofArgument.set(name, specs.length);
      specs.push(spec(flags, { keyword: token, startFrom: index }, { keyNumIndex: 0, firstKey: 1, step: 1 }));
    }
    if (arg.kind === 'positional') index += Math.max(1, arg.least);
  }
  return { specs, ofArgument };
}

function spec(flags: readonly KeyFlag[], begin: KeySpec['begin'], find: KeySpec['find'], notes?: string): KeySpec {
  return notes === undefined ? { flags, begin, find } : { flags, begin, find, notes };
}

function beginOf(spec: KeySpec): number {
  return 'index' in spec.begin ? spec.begin.index : 0;
}

function isNeighbour(last: KeySpec, index: number, use: readonly KeyFlag[]): boolean {
  if (!('index' in last.begin) || !('lastKey' in last.find) || last.find.lastKey < 0) return false;
  return last.begin.index + last.find.lastKey + 1 === index && last.flags.join() === use.join();
}

/** First key, last key and step as old clients want them; zeros without keys at fixed places. */
export function legacyRange(specs: readonly KeySpec[]): { first: number; last: number; step: number } {
  let first = 0;
  let last = 0;
  let step = 0;
  for (const { begin, find } of specs) {
    if (!('index' in begin) || !('lastKey' in find)) continue;
    const end = find.lastKey < 0 ? find.lastKey : begin.index + find.lastKey;
    if (first === 0) {
      first = begin.index;
      step = find.step;
      last = end;
    } else last = end < 0 ? end : Math.max(last, end);
  }
  return { first, last, step };
}

export interface FoundKey {
  readonly index: number;
  readonly flags: readonly KeyFlag[];
}

/** The keys of a whole request (its name included), by their index in `args`. */
export function findKeys(specs: readonly KeySpec[], args: readonly Argument[], argc: number): FoundKey[] {
  const found: FoundKey[] = [];
  for (const spec of specs) {
    const begin = beginning(spec, args, argc);
    if (begin < 0) continue;
    const { find } = spec;
    const flags = spec.flags.includes('variable_flags') ? flagsOf(spec, args, begin, argc) : spec.flags;
    if ('lastKey' in find) {
      const end = find.lastKey < 0 ? argc + find.lastKey : begin + find.lastKey;
      for (let i = begin; i <= end && i < argc; i += find.step) found.push({ index: i, flags });
    } else {
      const count = begin + find.keyNumIndex < argc ? Number(latin1Of(args[begin + find.keyNumIndex]!)) : 0;
      for (let k = 0, i = begin + find.firstKey; k < count && i < argc; k++, i += find.step)
        found.push({ index: i, flags });
    }
  }
  return found;
}

/** What a request does with keys that are also read only where the word GET is among its options. */
function flagsOf({ flags }: KeySpec, args: readonly Argument[], begin: number, argc: number): readonly KeyFlag[] {
  for (let i = begin + 2; i < argc; i++) {
    if (latin1Of(args[i]!).toUpperCase() === 'GET') return flags.filter((flag) => flag !== 'variable_flags');
  }
  return ['OW', 'update'];
}

function beginning({ begin }: KeySpec, args: readonly Argument[], argc: number): number {
  if ('index' in begin) return begin.index;
  for (let i = begin.startFrom; i < argc; i++) if (latin1Of(args[i]!).toUpperCase() === begin.keyword) return i + 1;
  return -1;
}
