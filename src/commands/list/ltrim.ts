import { changing } from '../collections';
import { integer, key } from '../framework/arguments';
import { command } from '../framework/command';
import { spanOf } from './span';

export const ltrim = command({
  name: 'ltrim',
  group: 'list',
  since: '1.0.0',
  summary: 'Trim a list to the specified range',
  complexity: 'O(N) where N is the number of elements to be removed by the operation.',
  flags: ['write'],
  args: { key: key('RW', 'delete'), start: integer(), stop: integer() },
  examples: `
> RPUSH jobs a b c
:3
> LTRIM jobs 0 1
+OK
> LRANGE jobs 0 -1
["a", "b"]
`,
  run: (ctx, { key, start, stop }) =>
    changing(
      ctx,
      key,
      'list',
      (list) => {
        const { first, count } = spanOf(start, stop, list.length);
        if (count === list.length) return;
        list.open();
        const after = count === 0 ? 0 : list.length - first - count;
        for (let i = 0; i < after; i++) list.pop('right');
        while (list.length > count) list.pop('left');
      },
      () => ctx.out.ok(),
    ),
});
