import { type Bytes, equalBytes } from '../../base/bytes';
import type { Context, Outcome } from '../context';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { NO_SUCH_KEY } from '../framework/faults';
import { located } from '../values';

/** Renames within the database; `then` learns whether it was done. A key renamed to itself stays as it is. */
export function renameKey(
  ctx: Context,
  from: Bytes,
  to: Bytes,
  replace: boolean,
  then: (done: boolean) => void,
): Outcome {
  const { engine, client } = ctx;
  if (equalBytes(from, to)) {
    return located(ctx, from, (slot) => {
      if (slot === 0) throw NO_SUCH_KEY;
      then(replace);
    });
  }
  return ctx.when(engine.rename(client.db, from, client.db, to, replace), (result) => {
    if (result === 'missing') throw NO_SUCH_KEY;
    then(result === 'ok');
  });
}

export const rename = command({
  name: 'rename',
  group: 'generic',
  since: '1.0.0',
  summary: 'Rename a key',
  complexity: 'O(1)',
  flags: ['write'],
  args: { key: key('RW', 'access', 'delete'), newkey: key('OW', 'update') },
  examples: `
> SET a 1
+OK
> RENAME a b
+OK
> GET b
"1"
> RENAME missing b
-ERR no such key
`,
  run: (ctx, { key, newkey }) => renameKey(ctx, key, newkey, true, () => ctx.out.ok()),
});
