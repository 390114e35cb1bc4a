import { flag, integer, key, token } from '../framework/arguments';
import { command } from '../framework/command';
import { writeString } from '../values';

export const fetch = command({
  name: 'fetch',
  group: 'larder',
  since: '0.1.0',
  summary: "Get the value through the key's loader; FRESH loads anew, MAXAGE what was read longer ago than that",
  complexity: 'O(1)',
  flags: ['readonly', 'blocking', 'no_multi'],
  args: {
    key: key('RO', 'access'),
    fresh: flag('FRESH'),
    maxage: token('MAXAGE', integer({ min: 0 }, 'milliseconds')),
  },
  strict: true,
  examples: `
> FETCH no:loader
-ERR FETCH: no template with a loader matches this key
> FETCH no:loader MAXAGE -1
-ERR value is out of range, value must between 0 and Infinity
`,
  run: (ctx, { key, fresh, maxage }) =>
    ctx.when(ctx.engine.fetch(ctx.client.db, key, { fresh, maxAgeMs: maxage }), (value) => writeString(ctx, value)),
});
