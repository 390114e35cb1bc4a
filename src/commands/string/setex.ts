import type { Context } from '../context';
import { MOMENT_FORMS, momentOf } from '../expiry';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import type { Argument } from '../framework/wire';

interface Words {
  key: Argument;
  time: Argument;
  value: Argument;
}

/** SETEX and PSETEX: the time comes before the value. */
export function setWithTime(ctx: Context, { key, time, value }: Words, unit: 'EX' | 'PX', name: string): void {
  const expiresAt = momentOf(ctx, time, MOMENT_FORMS[unit], name, true);
  if (ctx.engine.set(ctx.client.db, key, value, { expiresAt, client: ctx.client.id })) ctx.out.ok();
  else ctx.out.nil();
}

export const setex = command({
  name: 'setex',
  group: 'string',
  since: '2.0.0',
  summary: 'Set the value and expiration of a key',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  args: { key: key('OW', 'update'), time: bytes('seconds', 'integer'), value: bytes() },
  examples: `
> SETEX k 10 v
+OK
> TTL k
:10
`,
  run: (ctx, args) => setWithTime(ctx, args, 'EX', 'setex'),
});
