import { copyOf } from '../../base/bytes';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { currentValue, stringOf } from '../values';

export const getdel = command({
  name: 'getdel',
  group: 'string',
  since: '6.2.0',
  summary: 'Get the value of a key and delete the key',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'access', 'delete') },
  examples: `
> SET k v
+OK
> GETDEL k
"v"
> GETDEL k
nil
`,
  run(ctx, { key }) {
    return currentValue(ctx, key, (value) => {
      if (stringOf(value) === null) return ctx.out.nil();
      const copy = copyOf(value!);
      return ctx.when(ctx.engine.remove(ctx.client.db, key, ctx.client.id), () => ctx.out.bulkBuffer(copy));
    });
  },
});
