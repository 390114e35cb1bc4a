import { NEVER } from '../../layers/layer';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { located, writeTruth } from '../values';

export const persist = command({
  name: 'persist',
  group: 'generic',
  since: '2.2.0',
  summary: 'Remove the expiration from a key',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'update') },
  examples: `
> SET k v EX 10
+OK
> PERSIST k
:1
> TTL k
:-1
`,
  run(ctx, { key }) {
    return located(ctx, key, (slot) => {
      const { engine, client } = ctx;
      const had = slot !== 0 && engine.expiresAt(slot) !== NEVER;
      if (!had) return writeTruth(ctx, false);
      return ctx.when(engine.expire(client.db, slot, NEVER), () => writeTruth(ctx, true));
    });
  },
});
