import { changing } from '../collections';
import { bytes, key, shown, text } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';

export const linsert = command({
  name: 'linsert',
  group: 'list',
  since: '2.2.0',
  summary: 'Insert an element before or after another element in a list',
  complexity:
    'O(N) where N is the number of elements to traverse before seeing the value pivot. This means that inserting somewhere on the left end on the list (head) can be considered O(1) and inserting somewhere on the right end (tail) is O(N).',
  flags: ['write', 'denyoom'],
  args: {
    key: key('RW', 'insert'),
    where: shown(text(), {
      type: 'oneof',
      children: [
        { name: 'before', type: 'pure-token', token: 'BEFORE' },
        { name: 'after', type: 'pure-token', token: 'AFTER' },
      ],
    }),
    pivot: bytes(),
    element: bytes(),
  },
  examples: `
> RPUSH jobs a c
:2
> LINSERT jobs BEFORE c b
:3
> LRANGE jobs 0 -1
["a", "b", "c"]
> LINSERT jobs BEFORE zz b
:-1
`,
  run(ctx, { key, where, pivot, element }) {
    const word = where.toUpperCase();
    if (word !== 'BEFORE' && word !== 'AFTER') throw SYNTAX;
    const wanted = pivot.toString();
    return changing(
      ctx,
      key,
      'list',
      (list) => {
        let at = -1;
        list.open().walk(0, false, (each, index) => {
          if (each === wanted) at = index;
          return at < 0;
        });
        if (at < 0) return -1;
        list.insert(word === 'BEFORE' ? at : at + 1, element.toString());
        return list.length;
      },
      (length = 0) => ctx.out.integer(length),
    );
  },
});
