import { key, many, optional } from '../framework/arguments';
import { command } from '../framework/command';

export const depdel = command({
  name: 'depdel',
  group: 'larder',
  since: '0.1.0',
  summary: 'Remove declared dependencies of a key, all of them when no source is named',
  complexity: 'O(N) where N is the number of sources',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'update'), sources: optional(many(key('RO'), 'source')) },
  examples: `
> DEPADD page a b c
:3
> DEPDEL page a z
:1
> DEPDEL page
:2
`,
  run: (ctx, { key, sources = [] }) => ctx.out.integer(ctx.engine.dependencyRemove(ctx.client.db, key, sources)),
});
