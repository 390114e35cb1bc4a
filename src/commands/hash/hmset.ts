import { bytes, key, pairs } from '../framework/arguments';
import { command } from '../framework/command';
import { setFields } from './hset';

export const hmset = command({
  name: 'hmset',
  group: 'hash',
  since: '2.0.0',
  summary: 'Set multiple hash fields to multiple values',
  complexity: 'O(N) where N is the number of fields being set.',
  flags: ['write', 'denyoom', 'fast'],
  deprecated: { since: '4.0.0', replacedBy: '`HSET` with multiple field-value pairs' },
  args: { key: key('RW', 'update'), fieldValue: pairs(bytes(), bytes(), ['field', 'value']) },
  examples: `
> HMSET user name Ada age 36
+OK
> HMGET user name age
["Ada", "36"]
`,
  run: (ctx, { key, fieldValue }) => setFields(ctx, key, fieldValue, () => ctx.out.ok()),
});
