import { bytesOf, lengthOf } from '../../base/bytes';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { CHANGED, checkLength, currentValue, stringOf } from '../values';

export const append = command({
  name: 'append',
  group: 'string',
  since: '2.0.0',
  summary: 'Append a value to a key',
  complexity: 'O(N) where N is the length of the resulting string.',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('RW', 'insert'), value: bytes() },
  examples: `
> APPEND k Hello
:5
> APPEND k " World"
:11
> GET k
"Hello World"
`,
  run(ctx, { key, value }) {
    return currentValue(ctx, key, (old) => {
      const kept = stringOf(old) === null ? 0 : lengthOf(old!);
      const length = kept + value.length;
      checkLength(ctx, length);
      const whole = Buffer.allocUnsafe(length);
      if (old !== null) old.buf.copy(whole, 0, old.start, old.end);
      value.buf.copy(whole, kept, value.start, value.end);
      ctx.engine.set(ctx.client.db, key, bytesOf(whole), CHANGED);
      ctx.out.integer(length);
    });
  },
});
