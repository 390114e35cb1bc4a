import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { located, writeTruth } from '../values';

export const setnx = command({
  name: 'setnx',
  group: 'string',
  since: '1.0.0',
  summary: 'Set the value of a key, only if the key does not exist',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  args: { key: key('OW', 'insert'), value: bytes() },
  examples: `
> SETNX k v
:1
> SETNX k w
:0
`,
  run(ctx, { key, value }) {
    return located(ctx, key, (slot) => writeTruth(ctx, slot === 0 && ctx.engine.set(ctx.client.db, key, value)));
  },
});
