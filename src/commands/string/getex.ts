import { copyOf } from '../../base/bytes';
import { expiresAtOf, MOMENT_CHOICES } from '../expiry';
import { choice, key } from '../framework/arguments';
import { command } from '../framework/command';
import { located, stringOf, writeFound } from '../values';

export const getex = command({
  name: 'getex',
  group: 'string',
  since: '6.2.0',
  summary: 'Get the value of a key and optionally set its expiration',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'access', 'update'), expiration: choice({ ...MOMENT_CHOICES, PERSIST: null }) },
  keyNotes: 'RW and UPDATE because it changes the TTL',
  examples: `
> SET k v
+OK
> GETEX k EX 100
"v"
> TTL k
:100
`,
  run(ctx, { key, expiration }) {
    const { engine, out, client } = ctx;
    return ctx.when(engine.get(client.db, key), (value) => {
      if (stringOf(value) === null) return writeFound(ctx, key, null);
      if (expiration === undefined) return out.bulk(value!);
      const expiresAt = expiresAtOf(ctx, expiration, 'getex');
      const copy = copyOf(value!);
      return located(ctx, key, (slot) => {
        if (slot === 0) return out.bulkBuffer(copy);
        return ctx.when(engine.expire(client.db, slot, expiresAt), () => out.bulkBuffer(copy));
      });
    });
  },
});
