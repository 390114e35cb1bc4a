import type { End, List } from '../../types/list';
import { adding, bytesOfAll, changing } from '../collections';
import type { Context, Outcome } from '../context';
import type { Argument } from '../framework/wire';

/** LPUSH and its kin: answers the length. With `ifThere` a list is not made. */
export function push(ctx: Context, key: Argument, elements: readonly Argument[], end: End, ifThere = false): Outcome {
  const edit = (list: List) => {
    for (const element of elements) list.push(end, element);
    return list.length;
  };
  const answer = (length = 0) => ctx.out.integer(length);
  return ifThere
    ? changing(ctx, key, 'list', edit, answer)
    : adding(ctx, key, 'list', bytesOfAll(elements), edit, answer);
}
