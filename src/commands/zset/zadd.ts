import { Fault } from '../../base/fault';
import { parseDouble } from '../../types/numbers';
import type { SortedSet } from '../../types/sorted-set';
import { adding, changing } from '../collections';
import type { Context, Outcome } from '../context';
import { key, type Shape, tail } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';
import type { Argument } from '../framework/wire';
import { writeTruth } from '../values';
import { NOT_A_NUMBER, readScore } from './score';

const NX_WITH_XX = new Fault('ERR XX and NX options at the same time are not compatible');
const GT_WITH_OTHERS = new Fault('ERR GT, LT, and/or NX options at the same time are not compatible');
const INCR_OF_MANY = new Fault('ERR INCR option supports a single increment-element pair');

const OPTIONS = ['NX', 'XX', 'GT', 'LT', 'CH', 'INCR'] as const;
type Option = (typeof OPTIONS)[number];

interface Pair {
  readonly score: number;
  readonly member: Argument;
}

interface Outcomes {
  added: number;
  changed: number;
  /** Of the last pair; null if it was not done. */
  score: number | null;
}

const pure = (token: string): Shape => ({ name: token.toLowerCase(), type: 'pure-token', token });
const SHAPES: readonly Shape[] = [
  { name: 'condition', type: 'oneof', optional: true, children: [pure('NX'), pure('XX')] },
  { name: 'comparison', type: 'oneof', optional: true, children: [pure('GT'), pure('LT')] },
  { ...pure('CH'), name: 'change', optional: true },
  { ...pure('INCR'), name: 'increment', optional: true },
  {
    name: 'score_member',
    type: 'block',
    multiple: true,
    children: [
      { name: 'score', type: 'double' },
      { name: 'member', type: 'string' },
    ],
  },
];

function readOptions(words: readonly Argument[]): Set<Option> {
  const options = new Set<Option>();
  let seen = 0;
  for (; seen < words.length; seen++) {
    const option = OPTIONS.find((each) => each === words[seen]!.toString().toUpperCase());
    if (option === undefined) break;
    options.add(option);
  }
  const left = words.length - seen;
  if (left === 0 || left % 2 !== 0) throw SYNTAX;
  if (options.has('NX') && options.has('XX')) throw NX_WITH_XX;
  const ordered = ['GT', 'LT', 'NX'].filter((option) => options.has(option as Option));
  if (ordered.length > 1) throw GT_WITH_OTHERS;
  if (options.has('INCR') && left > 2) throw INCR_OF_MANY;
  return options;
}

function readPairs(words: readonly Argument[]): Pair[] {
  const pairs: Pair[] = [];
  for (let i = words.length % 2; i < words.length; i += 2)
    pairs.push({ score: readScore(words[i]!), member: words[i + 1]! });
  return pairs;
}

/** A score that the conditions do not allow is no error: the pair is passed over. */
function put(set: SortedSet, { score, member }: Pair, options: ReadonlySet<Option>, outcomes: Outcomes): void {
  const old = set.scoreOf(member);
  outcomes.score = null;
  if (old === undefined) {
    if (options.has('XX')) return;
    set.put(member, score);
    outcomes.added++;
    outcomes.score = score;
    return;
  }
  if (options.has('NX')) return;
  const next = options.has('INCR') ? old + score : score;
  if (Number.isNaN(next)) throw NOT_A_NUMBER;
  if ((options.has('GT') && next <= old) || (options.has('LT') && next >= old)) return;
  outcomes.score = next;
  if (next === old) return;
  set.put(member, next);
  outcomes.changed++;
}

/** Adds, and answers as ZADD does, or with `options` of INCR as ZINCRBY does. */
export function addScored(ctx: Context, key: Argument, pairs: readonly Pair[], options: ReadonlySet<Option>): Outcome {
  const edit = (set: SortedSet) => {
    const outcomes: Outcomes = { added: 0, changed: 0, score: null };
    for (const pair of pairs) put(set, pair, options, outcomes);
    return outcomes;
  };
  const answer = (outcomes: Outcomes | undefined) => {
    const { added, changed, score } = outcomes ?? { added: 0, changed: 0, score: null };
    if (!options.has('INCR')) ctx.out.integer(options.has('CH') ? added + changed : added);
    else if (score === null) ctx.out.nil();
    else ctx.out.double(score);
  };
  if (options.has('XX')) return changing(ctx, key, 'zset', edit, answer);
  const bytes = pairs.reduce((sum, { member }) => sum + member.length, 0);
  return adding(ctx, key, 'zset', bytes, edit, answer);
}

export const zadd = command({
  name: 'zadd',
  group: 'sorted-set',
  since: '1.2.0',
  summary: 'Add one or more members to a sorted set, or update its score if it already exists',
  complexity: 'O(log(N)) for each item added, where N is the number of elements in the sorted set.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'update'), rest: tail(2, ...SHAPES) },
  examples: `
> ZADD board 10 ada 20 bob
:2
> ZADD board GT CH 15 ada 5 bob
:1
> ZADD board INCR 1 ada
"16"
`,
  fast(ctx, args, argc) {
    const score = argc === 4 ? parseDouble(args[2]!.toString()) : undefined;
    if (score === undefined) return false;
    const member = args[3]!;
    const put = (set: SortedSet) => set.put(member, score);
    return adding(ctx, args[1]!, 'zset', member.length, put, (added) => writeTruth(ctx, added)) ?? true;
  },
  run(ctx, { key, rest }) {
    const options = readOptions(rest);
    const pairs = rest.slice(rest.length - pairWords(rest));
    return addScored(ctx, key, readPairs(pairs), options);
  },
});

/** Words that are no options. */
function pairWords(words: readonly Argument[]): number {
  const first = words.findIndex((word) => !(OPTIONS as readonly string[]).includes(word.toString().toUpperCase()));
  return words.length - first;
}
