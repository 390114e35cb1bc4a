import { Fault } from '../../base/fault';
import type { End, List } from '../../types/list';
import { changing, writeElement, writeTexts } from '../collections';
import type { Context, Outcome } from '../context';
import { integer } from '../framework/arguments';
import type { Argument } from '../framework/wire';

const NEGATIVE = new Fault('ERR value is out of range, must be positive');

export const POPPED = integer({ min: 0, error: NEGATIVE, outOfRange: NEGATIVE }, 'count');

function take(list: List, count: number, end: End): string[] {
  const elements: string[] = [];
  while (elements.length < count && list.length > 0) elements.push(list.pop(end));
  return elements;
}

/** LPOP and RPOP: of a missing list a null, with a count a null array. */
export function pop(ctx: Context, key: Argument, count: number | undefined, end: End): Outcome {
  return changing(
    ctx,
    key,
    'list',
    (list) => take(list, count ?? 1, end),
    (elements) => {
      if (count === undefined) writeElement(ctx, elements?.[0]);
      else if (elements === undefined) ctx.out.nilArray();
      else writeTexts(ctx, elements);
    },
  );
}
