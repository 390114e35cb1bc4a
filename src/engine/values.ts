import { copyOf, lengthOf, Span } from '../base/bytes';
import type { Value } from './api';

/** A Value that may be pointed anywhere. */
export class ValueView extends Span implements Value {
  type = 0;
}

export function copyOfValue(value: Value): Value {
  const copy = new ValueView(copyOf(value), 0, lengthOf(value));
  copy.type = value.type;
  return copy;
}

export function valueFrom(bytes: Buffer, type: number): Value {
  const value = new ValueView(bytes);
  value.type = type;
  return value;
}
