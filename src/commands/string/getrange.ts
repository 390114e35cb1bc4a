import { type Bytes, lengthOf } from '../../base/bytes';
import type { Context, Outcome } from '../context';
import { integer, key } from '../framework/arguments';
import { command } from '../framework/command';
import { stringOf } from '../values';

/** From `start` to `end`, both included; negative numbers count from the end. */
export function writeRange(ctx: Context, key: Bytes, start: number, end: number): Outcome {
  return ctx.when(ctx.engine.get(ctx.client.db, key), (value) => {
    const { out } = ctx;
    if (stringOf(value) === null) return out.bulkText('');
    const whole = value!;
    const length = lengthOf(whole);
    if (start < 0 && end < 0 && start > end) return out.bulkText('');
    const first = Math.max(0, start < 0 ? length + start : start);
    const last = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
    if (first > last) return out.bulkText('');
    return out.bulk({ buf: whole.buf, start: whole.start + first, end: whole.start + last + 1 });
  });
}

export const getrange = command({
  name: 'getrange',
  group: 'string',
  since: '2.4.0',
  summary: 'Get a substring of the string stored at a key',
  complexity: 'O(N) where N is the length of the returned string.',
  flags: ['readonly'],
  args: { key: key('RO', 'access'), start: integer(), end: integer() },
  examples: `
> SET k "This is a string"
+OK
> GETRANGE k 0 3
"This"
> GETRANGE k -3 -1
"ing"
`,
  run: (ctx, { key, start, end }) => writeRange(ctx, key, start, end),
});
