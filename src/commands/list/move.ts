import { bytesOf } from '../../base/bytes';
import type { End } from '../../types/list';
import { foundAll } from '../collections';
import type { Context, Outcome } from '../context';
import type { Argument } from '../framework/wire';

/** LMOVE: takes an element from one end of a list and puts it to an end of another, or of the same. */
export function moveElement(ctx: Context, source: Argument, destination: Argument, from: End, to: End): Outcome {
  const { client, engine, out } = ctx;
  const { collections } = engine;
  return foundAll(ctx, [source], ['list'], ([first]) => {
    if (first === null) return out.nil();
    // Both are of the right type before either is changed.
    return foundAll(ctx, [source, destination], ['list'], ([list]) => {
      if (!list) return out.nil();
      const take = { create: false, addsBytes: 0, client: client.id };
      const element = list.open().at(from === 'left' ? 0 : list.length - 1);
      const put = { create: true, addsBytes: element.length, client: client.id };
      const isSame = source.toString() === destination.toString();
      const added = collections.change(client.db, destination, 'list', put, (other) => {
        if (isSame) other!.pop(from);
        other!.push(to, bytesOf(element));
      });
      return ctx.when(added, () => {
        const taken = isSame
          ? undefined
          : collections.change(client.db, source, 'list', take, (other) => void other?.pop(from));
        return ctx.when(taken, () => out.bulkText(element));
      });
    });
  });
}
