import { type Bytes, latin1Of } from './bytes';

/** One string per (physical database, key). */
export function nameOf(db: number, key: Bytes): string {
  return String.fromCharCode(db) + latin1Of(key);
}
