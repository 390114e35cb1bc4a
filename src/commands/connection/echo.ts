import { bytes } from '../framework/arguments';
import { command } from '../framework/command';

export const echo = command({
  name: 'echo',
  group: 'connection',
  since: '1.0.0',
  summary: 'Echo the given string',
  complexity: 'O(1)',
  flags: ['loading', 'stale', 'fast'],
  args: { message: bytes() },
  examples: `
> ECHO "a\\r\\nb"
"a\\r\\nb"
`,
  run(ctx, { message }) {
    ctx.out.bulk(message);
  },
});
