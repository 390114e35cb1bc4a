import { copyOf } from '../../base/bytes';
import { Fault } from '../../base/fault';
import type { Value } from '../../engine/api';
import { TYPE_STRING } from '../../layers/layer';
import type { Context } from '../context';
import { flag, integer, key, token } from '../framework/arguments';
import { command } from '../framework/command';
import { longestCommon, type Match } from './longest-common';

const NOT_STRINGS = new Fault('ERR The specified keys must contain string values');
const LEN_OR_IDX = new Fault('ERR If you want both the length and indexes, please just use IDX.');

const NOTHING = Buffer.alloc(0);

function operand(value: Value | null): Buffer {
  if (value === null) return NOTHING;
  if (value.type !== TYPE_STRING) throw NOT_STRINGS;
  return copyOf(value);
}

export const lcs = command({
  name: 'lcs',
  group: 'string',
  since: '7.0.0',
  summary: 'Find longest common substring',
  complexity: 'O(N*M) where N and M are the lengths of s1 and s2, respectively',
  flags: ['readonly'],
  args: {
    key1: key('RO', 'access'),
    key2: key('RO', 'access'),
    len: flag('LEN'),
    idx: flag('IDX'),
    minmatchlen: token('MINMATCHLEN', integer({}, 'len')),
    withmatchlen: flag('WITHMATCHLEN'),
  },
  examples: `
> MSET a ohmytext b mynewtext
+OK
> LCS a b
"mytext"
> LCS a b LEN
:6
`,
  run(ctx, { key1, key2, len, idx, minmatchlen = 0, withmatchlen }) {
    if (len && idx) throw LEN_OR_IDX;
    return ctx.when(ctx.engine.getMany(ctx.client.db, [key1, key2]), (values) => {
      const found = longestCommon(operand(values[0]!), operand(values[1]!), ctx.node.valueBytesMax);
      if (idx) writeMatches(ctx, found.matches(Math.max(0, minmatchlen)), found.length, withmatchlen);
      else if (len) ctx.out.integer(found.length);
      else ctx.out.bulkBuffer(found.text());
    });
  },
});

function writeMatches({ out }: Context, matches: readonly Match[], length: number, withLength: boolean): void {
  out.map(2);
  out.bulkText('matches');
  out.array(matches.length);
  for (const { a, b, length: size } of matches) {
    out.array(withLength ? 3 : 2);
    for (const start of [a, b]) {
      out.array(2);
      out.integer(start);
      out.integer(start + size - 1);
    }
    if (withLength) out.integer(size);
  }
  out.bulkText('len');
  out.integer(length);
}
