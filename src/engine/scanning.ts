import { type Bytes, copyOf, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import { whenReady } from '../base/when-ready';
import type { ScanOptions } from './api';
import type { Background } from './background';
import type { Core } from './core';
import type { Housekeeping } from './housekeeping';

/** Entries up to which KEYS answers without letting others in. */
const KEYS_AT_ONCE_MAX = 5_000;
/** Free places and other databases' entries that one SCAN passes by at most. */
const VISITS_MAX = 20_000;
const STEP = 64;
/** KEYS commands under way at once; more are refused. */
const LISTINGS_MAX = 64;

interface Listing {
  db: number;
  cursor: number;
  match: (key: Bytes) => boolean;
  found: Buffer[];
  done(): void;
}

/** DBSIZE, SCAN, KEYS, RANDOMKEY: the directory in slot order. Slots never move, so what stays is seen exactly once. */
export class Scanning {
  private readonly span = new Span(Buffer.alloc(0));
  private readonly listings: Listing[] = [];

  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
    private readonly background: Background,
  ) {
    background.add('keys', (enough) => this.list(enough));
  }

  size(db: number): number | Promise<number> {
    return whenReady(this.housekeeping.whenExact(), () => {
      const physical = this.core.dbs.of(db);
      const { memory, tags, graces } = this.core;
      return memory.count(physical) - tags.pendingIn(physical) - graces.lapsed[physical]!;
    });
  }

  scan(db: number, cursor: string, options: ScanOptions, each: (key: Bytes) => void): string | Promise<string> {
    if (!/^\d{1,20}$/.test(cursor)) throw new Fault('ERR invalid cursor');
    return whenReady(this.housekeeping.whenLoaded(), () => this.scanNow(db, Number(cursor), options, each));
  }

  keys(db: number, match: (key: Bytes) => boolean): Buffer[] | Promise<Buffer[]> {
    return whenReady(this.housekeeping.whenLoaded(), () => this.keysNow(db, match)) as Buffer[] | Promise<Buffer[]>;
  }

  randomKey(db: number): Buffer | null | Promise<Buffer | null> {
    return whenReady(this.size(db), (size) => {
      const { core } = this;
      const physical = core.dbs.of(db);
      for (let left = size; left > 0; left--) {
        const slot = core.memory.randomSlot(physical);
        if (slot === 0) return null;
        if (!core.isLive(slot)) continue;
        core.memory.keyView(slot, this.span);
        return copyOf(this.span);
      }
      return null;
    });
  }

  private scanNow(db: number, cursor: number, options: ScanOptions, each: (key: Bytes) => void): string {
    const { core } = this;
    const count = options.count ?? 10;
    const physical = core.dbs.of(db);
    let at = cursor;
    let seen = 0;
    let visits = 0;
    do {
      // Slot order and small steps: a page may be a few keys longer than COUNT, never shorter for holes.
      const step = Math.min(STEP, count - seen);
      at = core.memory.scan(at, step, (slot) => {
        if (core.memory.dbOf(slot) !== physical || !core.isLive(slot)) return;
        seen++;
        if (options.type !== undefined && core.memory.typeOf(slot) !== options.type) return;
        core.memory.keyView(slot, this.span);
        if (options.match === undefined || options.match(this.span)) each(this.span);
      });
      visits += step;
    } while (at !== 0 && seen < count && visits < Math.max(VISITS_MAX, count));
    return String(at);
  }

  private keysNow(db: number, match: (key: Bytes) => boolean): Buffer[] | Promise<Buffer[]> {
    const { core } = this;
    const listing: Listing = { db: core.dbs.of(db), cursor: 0, match, found: [], done: () => undefined };
    if (core.memory.records.used <= KEYS_AT_ONCE_MAX) {
      do this.step(listing);
      while (listing.cursor !== 0);
      return listing.found;
    }
    if (this.listings.length >= LISTINGS_MAX) throw new Fault('ERR too many KEYS commands at once');
    return new Promise((resolve) => {
      listing.done = () => resolve(listing.found);
      this.listings.push(listing);
      this.background.wake('keys');
    });
  }

  private list(enough: () => boolean): boolean {
    for (;;) {
      const listing = this.listings[0];
      if (listing === undefined) return false;
      this.step(listing);
      if (listing.cursor === 0) {
        this.listings.shift();
        listing.done();
      }
      if (enough()) return this.listings.length > 0;
    }
  }

  private step(listing: Listing): void {
    const { core } = this;
    listing.cursor = core.memory.scan(listing.cursor, STEP, (slot) => {
      if (core.memory.dbOf(slot) !== listing.db || !core.isLive(slot)) return;
      core.memory.keyView(slot, this.span);
      if (listing.match(this.span)) listing.found.push(copyOf(this.span));
    });
  }
}
