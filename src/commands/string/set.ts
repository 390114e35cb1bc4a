import { KEEP_TTL } from '../../engine/api';
import { expiresAtOf, MOMENT_CHOICES } from '../expiry';
import { bytes, choice, flag, key, oneOf } from '../framework/arguments';
import { command } from '../framework/command';
import { store } from './store';

export const set = command({
  name: 'set',
  group: 'string',
  since: '1.0.0',
  summary: 'Set the string value of a key',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  args: {
    key: key('RW', 'access', 'update', 'variable_flags'),
    value: bytes(),
    condition: oneOf('NX', 'XX'),
    get: flag('GET'),
    expiration: choice({ ...MOMENT_CHOICES, KEEPTTL: null }),
  },
  keyNotes: 'RW and ACCESS due to the optional `GET` argument',
  examples: `
> SET k v EX 100 NX
+OK
> SET k w XX GET
"v"
> SET k x NX
nil
`,
  fast(ctx, args, argc) {
    if (argc !== 3) return false;
    if (ctx.engine.set(ctx.client.db, args[1]!, args[2]!, ctx.plainWrite)) ctx.out.ok();
    else ctx.out.nil();
    return true;
  },
  run(ctx, { key, value, condition, get, expiration }) {
    const expiresAt = expiresAtOf(ctx, expiration, 'set');
    return store(
      ctx,
      key,
      value,
      { condition, get, mustLocate: expiresAt === KEEP_TTL },
      { expiresAt, client: ctx.client.id },
    );
  },
});
