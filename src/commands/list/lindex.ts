import { found, writeElement } from '../collections';
import { integer, key } from '../framework/arguments';
import { command } from '../framework/command';

export const lindex = command({
  name: 'lindex',
  group: 'list',
  since: '1.0.0',
  summary: 'Get an element from a list by its index',
  complexity:
    'O(N) where N is the number of elements to traverse to get to the element at index. This makes asking for the first or the last element of the list O(1).',
  flags: ['readonly'],
  args: { key: key('RO', 'access'), index: integer() },
  examples: `
> RPUSH jobs a b c
:3
> LINDEX jobs -1
"c"
> LINDEX jobs 3
nil
`,
  run: (ctx, { key, index }) =>
    found(ctx, key, 'list', (list) => {
      const length = list?.length ?? 0;
      const at = index < 0 ? length + index : index;
      writeElement(ctx, at >= 0 && at < length ? list!.open().at(at) : null);
    }),
});
