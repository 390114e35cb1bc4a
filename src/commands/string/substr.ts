import { integer, key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeRange } from './getrange';

export const substr = command({
  name: 'substr',
  group: 'string',
  since: '1.0.0',
  summary: 'Get a substring of the string stored at a key',
  complexity: 'O(N) where N is the length of the returned string.',
  flags: ['readonly'],
  deprecated: { since: '2.0.0', replacedBy: '`GETRANGE`' },
  args: { key: key('RO', 'access'), start: integer(), end: integer() },
  examples: `
> SET k hello
+OK
> SUBSTR k 1 2
"el"
`,
  run: (ctx, { key, start, end }) => writeRange(ctx, key, start, end),
});
