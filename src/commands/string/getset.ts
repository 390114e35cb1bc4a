import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { store } from './store';

export const getset = command({
  name: 'getset',
  group: 'string',
  since: '1.0.0',
  summary: 'Set the string value of a key and return its old value',
  complexity: 'O(1)',
  flags: ['write', 'denyoom', 'fast'],
  deprecated: { since: '6.2.0', replacedBy: '`SET` with the `!GET` argument' },
  args: { key: key('RW', 'access', 'update'), value: bytes() },
  examples: `
> GETSET k v
nil
> GETSET k w
"v"
`,
  run: (ctx, { key, value }) => store(ctx, key, value, { condition: undefined, get: true, mustLocate: true }, {}),
});
