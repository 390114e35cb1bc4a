import { type Bytes, copyOf } from '../../base/bytes';
import type { ScanOptions } from '../../engine/api';
import { bytes, integer, shown, text, token } from '../framework/arguments';
import { command } from '../framework/command';
import { parseCursor } from '../framework/cursor';
import { SYNTAX } from '../framework/faults';
import { glob } from '../framework/glob';
import { typeNamed } from './type';

const COUNT_DEFAULT = 10;
/** However many are asked for: a call must not hold the loop. */
const COUNT_MAX = 10_000;

export const scan = command({
  name: 'scan',
  group: 'generic',
  since: '2.8.0',
  summary: 'Incrementally iterate the keys space',
  complexity: 'O(1) for every call. O(N) for a complete iteration.',
  flags: ['readonly'],
  tips: ['nondeterministic_output', 'request_policy:special'],
  args: {
    cursor: shown(text(), { type: 'integer' }),
    pattern: token('MATCH', bytes(undefined, 'pattern')),
    count: token('COUNT', integer({ min: 1, outOfRange: SYNTAX })),
    type: token('TYPE', text()),
  },
  examples: `
> MSET user:1 a user:2 b other c
+OK
> SCAN 0 MATCH user:* COUNT 100
["0", unordered ["user:1", "user:2"]]
`,
  run(ctx, { cursor, pattern, count = COUNT_DEFAULT, type }) {
    const { engine, out, client } = ctx;
    const wanted = type === undefined ? undefined : typeNamed(type);
    const nothing = type !== undefined && wanted === undefined;
    const matches = pattern === undefined ? undefined : glob(pattern);
    const match = nothing ? () => false : matches;
    const options: ScanOptions = { count: Math.min(count, COUNT_MAX), ...(match && { match }) };
    if (wanted !== undefined) options.type = wanted;
    const found: Buffer[] = [];
    const keep = (key: Bytes) => {
      found.push(copyOf(key));
    };
    return ctx.when(engine.scan(client.db, parseCursor(cursor), options, keep), (next) => {
      out.array(2);
      out.bulkText(next);
      out.array(found.length);
      for (const key of found) out.bulkBuffer(key);
    });
  },
});
