import { Fault } from '../../base/fault';
import type { List } from '../../types/list';
import { found } from '../collections';
import { bytes, integer, key, type Positional, token } from '../framework/arguments';
import { command } from '../framework/command';

const ZERO_RANK = new Fault(
  "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
);
const NEGATIVE_COUNT = new Fault("ERR COUNT can't be negative");
const NEGATIVE_LENGTH = new Fault("ERR MAXLEN can't be negative");

const anyRank = integer();
const rankWord: Positional<number> = {
  ...anyRank,
  read(input) {
    const rank = anyRank.read(input);
    if (rank === 0) throw ZERO_RANK;
    return rank;
  },
};

interface Search {
  element: string;
  /** From 1, or from -1 downwards. */
  rank: number;
  /** 0: all. */
  count: number;
  /** Elements looked at; 0: all. */
  maxlen: number;
}

function placesOf(list: List, { element, rank, count, maxlen }: Search): number[] {
  const places: number[] = [];
  const isDown = rank < 0;
  let toSkip = Math.abs(rank) - 1;
  let looked = 0;
  list.open().walk(isDown ? list.length - 1 : 0, isDown, (each, index) => {
    if (each === element && toSkip-- <= 0) places.push(index);
    looked++;
    return (count === 0 || places.length < count) && (maxlen === 0 || looked < maxlen);
  });
  return places;
}

export const lpos = command({
  name: 'lpos',
  group: 'list',
  since: '6.0.6',
  summary: 'Return the index of matching elements on a list',
  complexity:
    'O(N) where N is the number of elements in the list, for the average case. When searching for elements near the head or the tail of the list, or when the MAXLEN option is provided, the command may run in constant time.',
  flags: ['readonly'],
  args: {
    key: key('RO', 'access'),
    element: bytes(),
    rank: token('RANK', rankWord),
    count: token('COUNT', integer({ min: 0, outOfRange: NEGATIVE_COUNT }, 'num-matches')),
    maxlen: token('MAXLEN', integer({ min: 0, outOfRange: NEGATIVE_LENGTH }, 'len')),
  },
  examples: `
> RPUSH jobs a b a
:3
> LPOS jobs a
:0
> LPOS jobs a RANK -1
:2
> LPOS jobs a COUNT 0
[:0, :2]
> LPOS jobs zz
nil
`,
  run(ctx, { key, element, rank = 1, count, maxlen = 0 }) {
    return found(ctx, key, 'list', (list) => {
      const { out } = ctx;
      const search = { element: element.toString(), rank, count: count ?? 1, maxlen };
      const places = list === null ? [] : placesOf(list, search);
      if (count !== undefined) {
        out.array(places.length);
        for (const place of places) out.integer(place);
      } else if (places[0] === undefined) out.nil();
      else out.integer(places[0]);
    });
  },
});
