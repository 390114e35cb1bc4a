import type { Bytes } from '../../base/bytes';
import type { Value } from '../../engine/api';
import { TYPE_STRING } from '../../layers/layer';
import type { Context } from '../context';
import { key, many } from '../framework/arguments';
import { command } from '../framework/command';

/** What is no string is null here, not an error. */
function writeAll(ctx: Context, keys: readonly Bytes[], values: readonly (Value | null)[]): void {
  const { out } = ctx;
  out.array(values.length);
  for (const [i, value] of values.entries()) {
    if (value === null) ctx.engine.missed(ctx.client.id, ctx.client.db, keys[i]!);
    if (value === null || value.type !== TYPE_STRING) out.nil();
    else out.bulk(value);
  }
}

export const mget = command({
  name: 'mget',
  group: 'string',
  since: '1.0.0',
  summary: 'Get the values of all the given keys',
  complexity: 'O(N) where N is the number of keys to retrieve.',
  flags: ['readonly', 'fast'],
  tips: ['request_policy:multi_shard'],
  args: { key: many(key('RO', 'access')) },
  examples: `
> MSET a 1 b 2
+OK
> MGET a missing b
["1", nil, "2"]
`,
  run: (ctx, { key: keys }) =>
    ctx.when(ctx.engine.getMany(ctx.client.db, keys, true), (values) => writeAll(ctx, keys, values)),
});
