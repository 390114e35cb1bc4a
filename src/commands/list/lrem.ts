import type { List } from '../../types/list';
import { changing } from '../collections';
import { bytes, integer, key } from '../framework/arguments';
import { command } from '../framework/command';

/** Removes up to `count` equal elements, from the end if it is negative, all if it is 0; how many. */
function removeEqual(list: List, count: number, element: string): number {
  const wanted = count === 0 ? list.length : Math.abs(count);
  const isDown = count < 0;
  const places: number[] = [];
  list.open().walk(isDown ? list.length - 1 : 0, isDown, (each, index) => {
    if (each === element) places.push(index);
    return places.length < wanted;
  });
  // The last first, so that places stay right.
  for (const place of places.sort((a, b) => b - a)) list.deleteAt(place);
  return places.length;
}

export const lrem = command({
  name: 'lrem',
  group: 'list',
  since: '1.0.0',
  summary: 'Remove elements from a list',
  complexity: 'O(N+M) where N is the length of the list and M is the number of elements removed.',
  flags: ['write'],
  args: { key: key('RW', 'delete'), count: integer(), element: bytes() },
  examples: `
> RPUSH jobs a b a c a
:5
> LREM jobs -2 a
:2
> LRANGE jobs 0 -1
["a", "b", "c"]
`,
  run: (ctx, { key, count, element }) =>
    changing(
      ctx,
      key,
      'list',
      (list) => removeEqual(list, count, element.toString()),
      (removed = 0) => ctx.out.integer(removed),
    ),
});
