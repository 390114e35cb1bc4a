import type { Bytes } from '../../base/bytes';
import { Fault } from '../../base/fault';
import type { Context, Outcome } from '../context';
import { key, many } from '../framework/arguments';
import { command } from '../framework/command';
import { ABOUT } from './about';
import { Watch } from './watched-keys';

const INSIDE = new Fault('ERR WATCH inside MULTI is not allowed');

/** Each key is watched in the moment in which it is known whether it is there. */
function watchFrom(ctx: Context, keys: readonly Bytes[], first: number): Outcome {
  const { client, engine, node } = ctx;
  for (let i = first; i < keys.length; i++) {
    const key = keys[i]!;
    if (client.watch?.has(client.db, key)) continue;
    if ((client.watch?.size ?? 0) >= node.transactionLimits.watchedKeysMax) {
      throw new Fault(`ERR too many watched keys (watch-keys-max ${node.transactionLimits.watchedKeysMax})`);
    }
    const watch = (slot: number) => {
      client.watch ??= new Watch(engine);
      client.watch.add(engine, client.db, key, slot !== 0);
    };
    const slot = engine.locate(client.db, key);
    if (slot instanceof Promise) {
      return ctx.again(
        slot,
        () => engine.locate(client.db, key),
        (found) => {
          watch(found);
          return watchFrom(ctx, keys, i + 1);
        },
      );
    }
    watch(slot);
  }
  ctx.out.ok();
}

export const watch = command({
  ...ABOUT,
  name: 'watch',
  since: '2.2.0',
  summary: 'Let EXEC do nothing if one of these keys is changed, expires, is evicted or invalidated before',
  complexity: 'O(1) for every key.',
  args: { key: many(key('RO')) },
  examples: `
> SET k 1
+OK
> WATCH k
+OK
> SET k 2
+OK
> MULTI
+OK
> SET k 3
+QUEUED
> EXEC
*nil
`,
  run(ctx, { key: keys }) {
    if (ctx.client.transaction !== null) throw INSIDE;
    return watchFrom(ctx, keys, 0);
  },
});
