import { Fault } from '../../base/fault';
import { command } from '../framework/command';

const NOT_IN_TIME = new Fault('ERR not everything that waits could be written to disk in time');

export const save = command({
  name: 'save',
  group: 'server',
  since: '1.0.0',
  summary: 'Write what waits for the disk layer, and answer when it is there',
  complexity: 'O(N) where N is the number of entries that wait',
  flags: ['admin', 'noscript', 'no_multi'],
  examples: `
> SAVE
+OK
`,
  run: (ctx) =>
    ctx.when(ctx.node.admin.save(), (isWhole) => {
      if (!isWhole) throw NOT_IN_TIME;
      ctx.out.ok();
    }),
});
