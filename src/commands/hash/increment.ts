import { bytesOf } from '../../base/bytes';
import type { Hash } from '../../types/hash';
import type { Argument } from '../framework/wire';

/** Lets `next` make a field's new text from the old; the new one. */
export function replaceField(hash: Hash, field: Argument, next: (old: string | null) => string): string {
  const old = hash.get(field);
  const text = old === null || typeof old === 'string' ? old : old.buf.toString('latin1', old.start, old.end);
  const made = next(text);
  hash.set(field, bytesOf(made));
  return made;
}
