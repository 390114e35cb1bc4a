import type { Bytes } from '../base/bytes';
import type { QuietLoads } from '../engine/quiet-loads';

/** What warming asks of the engine. Keys are latin1 where they are strings; `db` is physical unless it says otherwise. */
export interface WarmHouse {
  readonly quiet: QuietLoads;
  /** Of a logical database. */
  physicalOf(db: number): number;
  /** The name of the source that the key is loaded from; undefined: nothing loads it. */
  sourceOf(key: string): string | undefined;
  /** Which keys may be loaded in one call with this one: those of this template, so many; absent: each by itself. */
  batchOf?(key: string): { readonly template: number; readonly keysMax: number };
  /** Uses counted of a live entry, without using it; undefined: it is not there. */
  hitsOf(db: number, key: Bytes): number | undefined;
  /** Live keys of the database, some at a time: the next cursor, 0 at the end. */
  held(db: number, cursor: number, each: (key: string) => void): number;
}
