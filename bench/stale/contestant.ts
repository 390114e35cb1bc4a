import type { Book } from '../../test/stale/book';

/** What a contestant is given: keys, the tag of each, and where truth is. */
export interface Arena {
  book: Book;
  /** Reads a key at the origin, as an application's loader does. */
  read(key: string): Promise<string>;
  tagOf(key: string): string;
  /** Readers and writers; those that speak over a wire have a connection each. */
  lanes: number;
  originUrl: string;
}

/** One way to cache: read through, invalidate by tag. */
export interface Contestant {
  /** Product, version, and what of it is used. */
  label: string;
  /** The cached value, loaded if there is none. */
  get(key: string, lane: number): Promise<string | null>;
  /** Settles when the cache says that it is done. */
  invalidate(tag: string, lane: number): Promise<void>;
  close(): Promise<void>;
}

/** A contestant that takes part, or the reason why it cannot. */
export type Entrant = { name: string; enter(arena: Arena): Promise<Contestant | string> };
