import type { Bytes } from '../base/bytes';

/**
 * What kind of value an entry holds; other numbers are those of src/types, and their bytes mean nothing here. The numbers are
 * on disk, so they never change meaning.
 */
export const TYPE_STRING = 0;

/** Marks "never" wherever a moment in milliseconds is asked for. */
export const NEVER = Number.POSITIVE_INFINITY;

/** An entry as it rests in a layer, whole and copied: what a layer was given is what it gives back. */
export interface Stored {
  /** Physical database, 0 to 31. */
  db: number;
  key: Buffer;
  value: Buffer;
  type: number;
  /** Clock milliseconds, or NEVER. */
  expiresAt: number;
  /** How long it may be served after `expiresAt`, ms; absent: not at all. */
  graceMs?: number;
  tags: readonly string[];
  /** Keys this value was made from (bound to the value), as latin1. */
  sources: readonly string[];
  /** Node epoch when it was stored here; later is newer. */
  version: number;
  /** Node epoch when the making of the value began; absent: `version`. */
  fillEpoch?: number;
}

/**
 * Where bytes rest. Memory answers at once, disk and the shared store answer with promises; otherwise they are equal, and
 * one contract suite (test/layers/contract.ts) holds all of them to it. A layer never answers an expired entry, and a
 * delete that was acknowledged is final.
 */
export interface Layer {
  readonly name: 'memory' | 'disk' | 'shared';
  get(db: number, key: Bytes): Stored | null | Promise<Stored | null>;
  put(entry: Stored): void | Promise<void>;
  /** Whether there was a live entry. */
  delete(db: number, key: Bytes): boolean | Promise<boolean>;
  /** Drops every entry of the database, or of all. */
  clear(db?: number): void | Promise<void>;
  /** Live entries. */
  size(db: number): number | Promise<number>;
  /** Throws BrokenInvariant if its insides disagree. */
  audit(): void | Promise<void>;
}
