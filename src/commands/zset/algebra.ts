import { Fault } from '../../base/fault';
import type { Scored } from '../../types/order-tree';
import type { MemberSet } from '../../types/set';
import { SortedSet } from '../../types/sorted-set';
import { foundAll } from '../collections';
import type { Context, Outcome } from '../context';
import type { KeyFlag } from '../framework/arguments';
import { numkeys, type Shape } from '../framework/arguments';
import { SYNTAX } from '../framework/faults';
import type { Argument } from '../framework/wire';
import { WITHSCORES } from './range';
import { writeScored } from './reply';
import { readScore } from './score';

const NOT_A_WEIGHT = new Fault('ERR weight value is not a float');

type Input = SortedSet | MemberSet | null;
export type Operation = 'union' | 'intersection' | 'difference';

interface Joining {
  weights: number[];
  aggregate: (a: number, b: number) => number;
  withScores: boolean;
}

const AGGREGATES = new Map<string, Joining['aggregate']>([
  // inf - inf counts as nothing, as in Redis.
  ['SUM', (a, b) => (Number.isNaN(a + b) ? 0 : a + b)],
  ['MIN', Math.min],
  ['MAX', Math.max],
]);

/** How the options are shown. */
export const JOIN_OPTIONS: readonly Shape[] = [
  { name: 'weight', type: 'integer', token: 'WEIGHTS', optional: true, multiple: true },
  {
    name: 'aggregate',
    type: 'oneof',
    token: 'AGGREGATE',
    optional: true,
    children: [...AGGREGATES.keys()].map((token) => ({ name: token.toLowerCase(), type: 'pure-token', token })),
  },
];
export { WITHSCORES };

export function inputs(...use: readonly KeyFlag[]) {
  return numkeys({ none: (name) => new Fault(`ERR at least 1 input key is needed for '${name}' command`) }, ...use);
}

function readOptions(words: readonly Argument[], keys: number, operation: Operation, stores: boolean): Joining {
  const joining: Joining = {
    weights: new Array<number>(keys).fill(1),
    aggregate: AGGREGATES.get('SUM')!,
    withScores: false,
  };
  for (let i = 0; i < words.length; i++) {
    const left = words.length - i;
    const word = words[i]!.toString().toUpperCase();
    if (word === 'WEIGHTS' && operation !== 'difference' && left > keys)
      joining.weights = joining.weights.map(() => readScore(words[++i]!, NOT_A_WEIGHT));
    else if (word === 'AGGREGATE' && operation !== 'difference' && left > 1) {
      const aggregate = AGGREGATES.get(words[++i]!.toString().toUpperCase());
      if (aggregate === undefined) throw SYNTAX;
      joining.aggregate = aggregate;
    } else if (word === 'WITHSCORES' && !stores) joining.withScores = true;
    else throw SYNTAX;
  }
  return joining;
}

/** A member of a plain set has the score 1. */
function eachOf(input: Input, visit: (member: string, score: number) => void): void {
  if (input instanceof SortedSet) input.each(visit);
  else input?.each((member) => visit(member, 1));
}

function scoreIn(input: Input, member: string): number | undefined {
  if (input instanceof SortedSet) return input.scoreOfText(member);
  return input?.hasText(member) ? 1 : undefined;
}

function weighted(score: number, weight: number): number {
  const product = score * weight;
  return Number.isNaN(product) ? 0 : product;
}

function unite(sets: readonly Input[], { weights, aggregate }: Joining, made: SortedSet): void {
  const scores = new Map<string, number>();
  for (const [i, set] of sets.entries()) {
    eachOf(set, (member, score) => {
      const before = scores.get(member);
      const own = weighted(score, weights[i]!);
      scores.set(member, before === undefined ? own : aggregate(before, own));
    });
  }
  for (const [member, score] of scores) made.putText(member, score);
}

/** Calls `each` for common members until it says false. */
export function eachCommon(
  sets: readonly Input[],
  { weights, aggregate }: Pick<Joining, 'weights' | 'aggregate'>,
  each: (member: string, score: number) => boolean,
): void {
  if (sets.includes(null)) return;
  const order = [...sets.keys()].sort((a, b) => sets[a]!.length - sets[b]!.length);
  for (const set of sets) set!.open();
  let goesOn = true;
  eachOf(sets[order[0]!]!, (member, score) => {
    if (!goesOn) return;
    let sum = weighted(score, weights[order[0]!]!);
    for (const i of order.slice(1)) {
      const other = scoreIn(sets[i]!, member);
      if (other === undefined) return;
      sum = aggregate(sum, weighted(other, weights[i]!));
    }
    goesOn = each(member, sum);
  });
}

function subtract([first, ...others]: readonly Input[], made: SortedSet): void {
  for (const other of others) other?.open();
  eachOf(first ?? null, (member, score) => {
    if (!others.some((other) => scoreIn(other, member) !== undefined)) made.putText(member, score);
  });
}

function join(ctx: Context, sets: readonly Input[], operation: Operation, joining: Joining): SortedSet {
  const made = ctx.engine.collections.empty('zset').open();
  if (operation === 'union') unite(sets, joining, made);
  else if (operation === 'difference') subtract(sets, made);
  else eachCommon(sets, joining, (member, score) => made.putText(member, score));
  return made;
}

export const INPUT_KINDS = ['zset', 'set'] as const;

export function combine(
  ctx: Context,
  keys: readonly Argument[],
  words: readonly Argument[],
  operation: Operation,
): Outcome {
  return foundAll(ctx, keys, INPUT_KINDS, (sets) => {
    // After the types are known to be right, as Redis does.
    const joining = readOptions(words, keys.length, operation, false);
    const items: Scored[] = [];
    const made = join(ctx, sets, operation, joining);
    made.range(0, made.length, false, (item) => items.push(item));
    writeScored(ctx, items, joining.withScores);
  });
}

/** Stores the result in place of whatever was there; answers how many members it has. */
export function combineInto(
  ctx: Context,
  destination: Argument,
  keys: readonly Argument[],
  words: readonly Argument[],
  operation: Operation,
): Outcome {
  return foundAll(ctx, keys, INPUT_KINDS, (sets) => {
    // After the types are known to be right, as Redis does.
    const joining = readOptions(words, keys.length, operation, true);
    const made = join(ctx, sets, operation, joining);
    const { length } = made;
    return ctx.when(ctx.engine.collections.store(ctx.client.db, destination, made, ctx.client.id), () =>
      ctx.out.integer(length),
    );
  });
}
