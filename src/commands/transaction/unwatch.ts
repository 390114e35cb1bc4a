import { command } from '../framework/command';
import { ABOUT } from './about';
import { unwatchAll } from './transaction';

export const unwatch = command({
  ...ABOUT,
  name: 'unwatch',
  since: '2.2.0',
  summary: 'Forget all watched keys',
  complexity: 'O(1)',
  examples: `
> WATCH k
+OK
> UNWATCH
+OK
`,
  run(ctx) {
    unwatchAll(ctx);
    ctx.out.ok();
  },
});
