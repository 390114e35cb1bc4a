import { integer, key, token } from '../framework/arguments';
import { command, container } from '../framework/command';
import { SYNTAX } from '../framework/faults';
import { located } from '../values';

const usage = command({
  name: 'usage',
  group: 'server',
  since: '4.0.0',
  summary: 'Estimate the memory usage of a key',
  help: ['Return memory in bytes used by <key> and its value.'],
  complexity: 'O(1)',
  flags: ['readonly'],
  args: { key: key('RO'), samples: token('SAMPLES', integer({ min: 0, outOfRange: SYNTAX }, 'count')) },
  run(ctx, { key }) {
    return located(ctx, key, (slot) => {
      if (slot === 0) ctx.out.nil();
      else ctx.out.integer(ctx.engine.info(slot).sizeBytes);
    });
  },
});

export const memory = container({
  name: 'memory',
  group: 'server',
  since: '4.0.0',
  summary: 'A container for memory diagnostics commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [usage],
  examples: `
> SET k v
+OK
> MEMORY USAGE k SAMPLES 0
/^:\\d+$/
> MEMORY USAGE missing
nil
`,
});
