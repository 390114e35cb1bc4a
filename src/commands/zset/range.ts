import { Fault } from '../../base/fault';
import type { Scored } from '../../types/order-tree';
import type { SortedSet } from '../../types/sorted-set';
import { found, foundAll } from '../collections';
import type { Context, Outcome } from '../context';
import type { Shape } from '../framework/arguments';
import { NOT_AN_INTEGER, SYNTAX } from '../framework/faults';
import { parseInteger } from '../framework/numbers';
import type { Argument } from '../framework/wire';
import { type Bounds, lexBounds, ranksOf, scoreBounds } from './bounds';
import { writeScored } from './reply';

export type By = 'rank' | 'score' | 'lex';

/** What the command itself says; what it leaves open its options may. */
export interface RangeForm {
  readonly by?: By;
  readonly isDown?: boolean;
  readonly mayScore?: boolean;
}

interface RangeWords {
  by: By;
  isDown: boolean;
  withScores: boolean;
  offset: number;
  /** Negative: all. */
  count: number;
}

const LIMIT_OF_RANKS = new Fault(
  'ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX',
);
const SCORES_OF_LEX = new Fault('ERR syntax error, WITHSCORES not supported in combination with BYLEX');

const BY: Shape = {
  name: 'sortby',
  type: 'oneof',
  optional: true,
  children: [
    { name: 'byscore', type: 'pure-token', token: 'BYSCORE' },
    { name: 'bylex', type: 'pure-token', token: 'BYLEX' },
  ],
};
const REV: Shape = { name: 'rev', type: 'pure-token', token: 'REV', optional: true };
export const LIMIT: Shape = {
  name: 'offset_count',
  type: 'block',
  token: 'LIMIT',
  optional: true,
  children: [
    { name: 'offset', type: 'integer' },
    { name: 'count', type: 'integer' },
  ],
};
export const WITHSCORES: Shape = { name: 'withscores', type: 'pure-token', token: 'WITHSCORES', optional: true };
/** How the options of ZRANGE and ZRANGESTORE are shown. */
export const RANGE_OPTIONS: readonly Shape[] = [BY, REV, LIMIT];

function integerOf(word: Argument): number {
  const value = parseInteger(word);
  if (value === undefined) throw NOT_AN_INTEGER;
  return Number(value);
}

function readWords(words: readonly Argument[], form: RangeForm): RangeWords {
  const read = { withScores: false, offset: 0, count: -1 };
  let { by, isDown } = form;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!.toString().toUpperCase();
    if (word === 'WITHSCORES' && form.mayScore !== false) read.withScores = true;
    else if (word === 'LIMIT' && words.length - i > 2) {
      read.offset = integerOf(words[++i]!);
      read.count = integerOf(words[++i]!);
    } else if (word === 'REV' && form.isDown === undefined) isDown = true;
    else if (word === 'BYLEX' && form.by === undefined) by = 'lex';
    else if (word === 'BYSCORE' && form.by === undefined) by = 'score';
    else throw SYNTAX;
  }
  const range = { ...read, by: by ?? 'rank', isDown: isDown ?? false };
  if (range.count !== -1 && range.by === 'rank') throw LIMIT_OF_RANKS;
  if (range.withScores && range.by === 'lex') throw SCORES_OF_LEX;
  return range;
}

/** Reads the words now; what it gives back takes the members from a set later. Throws Fault. */
function rangeOf(start: Argument, stop: Argument, { by, isDown, offset, count }: RangeWords) {
  if (by === 'rank') {
    const first = integerOf(start);
    const last = integerOf(stop);
    return (set: SortedSet) => takeRanks(set, first, last, isDown);
  }
  const [min, max] = isDown ? [stop, start] : [start, stop];
  const bounds = by === 'score' ? scoreBounds(min, max) : lexBounds(min, max);
  return (set: SortedSet) => takeBounds(set, bounds, isDown, offset, count);
}

function takeRanks(set: SortedSet, first: number, last: number, isDown: boolean): Scored[] {
  const { length } = set;
  const from = Math.max(0, first < 0 ? length + first : first);
  const to = Math.min(length - 1, last < 0 ? length + last : last);
  const items: Scored[] = [];
  if (from <= to)
    set.open().range(isDown ? length - 1 - from : from, to - from + 1, isDown, (item) => items.push(item));
  return items;
}

function takeBounds(set: SortedSet, bounds: Bounds, isDown: boolean, offset: number, count: number): Scored[] {
  const items: Scored[] = [];
  const [from, to] = ranksOf(set.open(), bounds);
  if (offset < 0 || offset >= to - from) return items;
  const left = to - from - offset;
  const wanted = count < 0 ? left : Math.min(left, count);
  set.range(isDown ? to - 1 - offset : from + offset, wanted, isDown, (item) => items.push(item));
  return items;
}

/** What ZRANGE and its older kin answer; `words` are those after the range. */
export function writeRange(
  ctx: Context,
  key: Argument,
  [start, stop]: readonly [Argument, Argument],
  words: readonly Argument[],
  form: RangeForm,
): Outcome {
  const read = readWords(words, form);
  const take = rangeOf(start, stop, read);
  return found(ctx, key, 'zset', (set) => writeScored(ctx, set === null ? [] : take(set), read.withScores));
}

/** ZRANGESTORE. Answers how many members there are. */
export function storeRange(
  ctx: Context,
  destination: Argument,
  key: Argument,
  [start, stop]: readonly [Argument, Argument],
  words: readonly Argument[],
): Outcome {
  const { collections } = ctx.engine;
  const take = rangeOf(start, stop, readWords(words, { mayScore: false }));
  return foundAll(ctx, [key], ['zset'], ([set]) => {
    const made = collections.empty('zset').open();
    for (const { member, score } of set ? take(set) : []) made.putText(member, score);
    const { length } = made;
    return ctx.when(collections.store(ctx.client.db, destination, made, ctx.client.id), () => ctx.out.integer(length));
  });
}
