import { type Bytes, Span } from '../../base/bytes';
import type { Value } from '../../engine/api';
import type { Context, Outcome } from '../context';
import { NOT_AN_INTEGER } from '../framework/faults';
import { parseInteger, sumOf, writeInteger } from '../framework/numbers';
import { CHANGED, stringOf } from '../values';

/** Digits on their way into the engine, which copies them. */
const digits = Buffer.alloc(24);
const span = new Span(digits);

/** What INCR, DECR, INCRBY and DECRBY do: adds within 64 bits and answers with the sum. */
export function increment(ctx: Context, key: Bytes, by: number | bigint): Outcome {
  const { engine, client } = ctx;
  const old = engine.getRaw(client.db, key);
  return old instanceof Promise
    ? ctx.again(
        old,
        () => engine.getRaw(client.db, key),
        (value) => add(ctx, key, value, by),
      )
    : add(ctx, key, old, by);
}

function add(ctx: Context, key: Bytes, old: Value | null, by: number | bigint): void {
  const before = stringOf(old) === null ? 0 : parseInteger(old!);
  if (before === undefined) throw NOT_AN_INTEGER;
  const sum = sumOf(before, by);
  const end = typeof sum === 'number' ? writeInteger(sum, digits, 0) : digits.write(String(sum), 0, 'latin1');
  ctx.engine.set(ctx.client.db, key, span.point(digits, 0, end), CHANGED);
  ctx.out.integer(sum);
}
