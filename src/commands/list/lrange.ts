import { found } from '../collections';
import { integer, key } from '../framework/arguments';
import { command } from '../framework/command';
import { spanOf } from './span';

export const lrange = command({
  name: 'lrange',
  group: 'list',
  since: '1.0.0',
  summary: 'Get a range of elements from a list',
  complexity:
    'O(S+N) where S is the distance of start offset from HEAD for small lists, from nearest end (HEAD or TAIL) for large lists; and N is the number of elements in the specified range.',
  flags: ['readonly'],
  args: { key: key('RO', 'access'), start: integer(), stop: integer() },
  examples: `
> RPUSH jobs a b c
:3
> LRANGE jobs 0 1
["a", "b"]
> LRANGE jobs -1 -1
["c"]
`,
  run: (ctx, { key, start, stop }) =>
    found(ctx, key, 'list', (list) => {
      const { first, count } = spanOf(start, stop, list?.length ?? 0);
      ctx.out.array(count);
      let left = count;
      if (left === 0) return;
      list!.open().walk(first, false, (element) => {
        ctx.out.bulkText(element);
        return --left > 0;
      });
    }),
});
