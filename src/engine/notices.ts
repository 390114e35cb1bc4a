import { type Bytes, bytesOf, latin1Of, Span } from '../base/bytes';
import { nameOf } from '../base/key-name';
import type { Core } from './core';
import { isOvertaken } from './fence';
import { type Follower, Followers } from './followers';

/** Of a tag with more members than this, who hears of every key is not told each one, but that any may be gone. */
const MEMBERS_TOLD_MAX = 1000;
/** Of a tag with more tracked keys than this, everybody who tracks is told that all may have changed. */
const TRACKED_CARRIERS_TOLD_MAX = 10_000;
const NO_TAGS: readonly string[] = [];

/** Hears of every key that changes or goes. */
export interface Onlooker {
  /** As `Follower.noticed`. */
  noticed(db: number, key: string): void;
  /** So many at once that they are not named. */
  manyNoticed(): void;
}

/**
 * The one place where it is told that a key changed or went, whatever the reason: written, deleted, expired, stale, evicted,
 * invalidated by name, tag, rule or source, flushed. Told while it happens and before the reply that acknowledges it.
 *
 * Nobody cares, most of the time: then `core.noticing` is null, and what changes a key looks at that and goes on.
 */
export class Notices {
  /** WATCH. */
  readonly watched = new Followers();
  /** CLIENT TRACKING. */
  readonly tracked = new Followers(TRACKED_CARRIERS_TOLD_MAX);
  /** Null: nobody. */
  onlooker: Onlooker | null = null;
  /** A database was emptied or swapped: whatever was shown may be gone. */
  emptied: () => void = () => {};
  private users = 0;
  private readonly span = new Span(Buffer.alloc(0));

  constructor(private readonly core: Core) {
    core.graces.onStale = (slot) => core.noticing?.left(slot);
  }

  /** Somebody follows keys from now on, until `end`. Changes are held meanwhile, so that every one is noted. */
  begin(): void {
    if (this.users++ > 0) return;
    this.core.changes.hold();
    this.core.noticing = this;
  }

  end(): void {
    if (--this.users > 0) return;
    this.core.changes.release();
    this.core.noticing = null;
  }

  get bytesUsed(): number {
    return this.watched.bytesUsed + this.tracked.bytesUsed;
  }

  // --- who follows -------------------------------------------------------------------------------------------------------

  watch(db: number, key: Bytes, follower: Follower): void {
    this.watched.add(nameOf(db, key), follower, () => this.tagsOf(db, key));
  }

  /** The follower was shown the key, or that there is none, just now. */
  track(db: number, key: Bytes, follower: Follower): void {
    this.tracked.add(nameOf(db, key), follower, () => this.tagsOf(db, key));
  }

  /**
   * Whether what was read of the key, by a command that began at `epoch` and waited, may be older than what is there now: the
   * reader had no chance to be told.
   */
  isOvertaken(db: number, key: Bytes, epoch: number): boolean {
    const { core } = this;
    const physical = core.dbs.of(db);
    const slot = core.findLive(physical, key);
    if (slot === 0) return true;
    return isOvertaken(core, physical, key, epoch, this.tagsOf(db, key), core.sources.of(slot));
  }

  // --- what happens ------------------------------------------------------------------------------------------------------

  /** `physical` database. */
  changed(physical: number, key: Bytes): void {
    const { watched, tracked, onlooker } = this;
    if (watched.size === 0 && tracked.size === 0 && onlooker === null) return;
    const db = this.core.dbs.logicalOf(physical);
    if (db < 0) return;
    const text = latin1Of(key);
    const name = String.fromCharCode(db) + text;
    if (watched.size > 0) watched.tell(name);
    if (tracked.size > 0) tracked.tell(name);
    onlooker?.noticed(db, text);
  }

  /** An entry is not what it was. */
  left(slot: number): void {
    const { memory } = this.core;
    this.changed(memory.dbOf(slot), memory.keyView(slot, this.span));
  }

  /** The tags are about to be invalidated, hard or softly: their members are alive still. */
  striking(tags: readonly string[]): void {
    for (const tag of tags) {
      this.watched.tellTag(tag);
      if (!this.tracked.tellTag(tag)) this.flushed();
    }
    if (this.onlooker !== null) this.tellMembers(tags, this.onlooker);
  }

  flushed(): void {
    this.tracked.clear();
    this.emptied();
  }

  /** SWAPDB, just before it: keys that live in one of the two databases change in both. */
  swapping(a: number, b: number): void {
    const { core } = this;
    for (const name of [...this.watched.names()]) {
      const db = name.charCodeAt(0);
      if (db !== a && db !== b) continue;
      const key = bytesOf(name.slice(1));
      const isThere = (each: number) => core.findLive(core.dbs.of(each), key) !== 0;
      if (!core.complete || isThere(a) || isThere(b)) this.watched.tell(name);
    }
    this.flushed();
  }

  // --- inside ------------------------------------------------------------------------------------------------------------

  private tagsOf(db: number, key: Bytes): readonly string[] {
    const { core } = this;
    const slot = core.memory.find(core.dbs.of(db), key);
    const member = slot === 0 ? 0 : core.memberOf(slot);
    return member === 0 ? NO_TAGS : core.tags.tagsOf(member);
  }

  private tellMembers(tags: readonly string[], onlooker: Onlooker): void {
    const { memory, tags: index, dbs } = this.core;
    let left = MEMBERS_TOLD_MAX;
    const tell = (slot: number): boolean => {
      if (left-- === 0) return false;
      const db = dbs.logicalOf(memory.dbOf(slot));
      if (db >= 0) onlooker.noticed(db, latin1Of(memory.keyView(slot, this.span)));
      return true;
    };
    for (const tag of tags) {
      index.members(tag, tell);
      if (left < 0) {
        onlooker.manyNoticed();
        return;
      }
    }
  }
}
