import { bytesOf, lengthOf } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { bytes, integer, key } from '../framework/arguments';
import { command } from '../framework/command';
import { CHANGED, checkLength, currentValue, stringOf } from '../values';

const BAD_OFFSET = new Fault('ERR offset is out of range');

export const setrange = command({
  name: 'setrange',
  group: 'string',
  since: '2.2.0',
  summary: 'Overwrite part of a string at key starting at the specified offset',
  complexity: 'O(N) where N is the length of the resulting string.',
  flags: ['write', 'denyoom'],
  args: { key: key('RW', 'update'), offset: integer({ min: 0, outOfRange: BAD_OFFSET }), value: bytes() },
  examples: `
> SET k "Hello World"
+OK
> SETRANGE k 6 Redis
:11
> GET k
"Hello Redis"
> SETRANGE new 2 ab
:4
> GET new
"\\x00\\x00ab"
`,
  run(ctx, { key, offset, value }) {
    return currentValue(ctx, key, (old) => {
      const kept = stringOf(old) === null ? 0 : lengthOf(old!);
      if (value.length === 0) return ctx.out.integer(kept);
      checkLength(ctx, offset + value.length);
      const length = Math.max(kept, offset + value.length);
      const whole = Buffer.alloc(length);
      if (old !== null) old.buf.copy(whole, 0, old.start, old.end);
      value.buf.copy(whole, offset, value.start, value.end);
      ctx.engine.set(ctx.client.db, key, bytesOf(whole), CHANGED);
      return ctx.out.integer(length);
    });
  },
});
