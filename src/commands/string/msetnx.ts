import { bytes, key, pairs } from '../framework/arguments';
import { command } from '../framework/command';
import { writeTruth } from '../values';

export const msetnx = command({
  name: 'msetnx',
  group: 'string',
  since: '1.0.1',
  summary: 'Set multiple keys to multiple values, only if none of the keys exist',
  complexity: 'O(N) where N is the number of keys to set.',
  flags: ['write', 'denyoom'],
  tips: ['request_policy:multi_shard', 'response_policy:agg_min'],
  args: { key_value: pairs(key('OW', 'insert'), bytes(), ['key', 'value']) },
  examples: `
> MSETNX a 1 b 2
:1
> MSETNX b 3 c 4
:0
> GET c
nil
`,
  run(ctx, { key_value }) {
    const { engine, client } = ctx;
    const keys = key_value.map(([key]) => key);
    return ctx.current(
      () => engine.countLive(client.db, keys, false),
      (live) => {
        if (live === 0) for (const [key, value] of key_value) engine.set(client.db, key, value);
        writeTruth(ctx, live === 0);
      },
    );
  },
});
