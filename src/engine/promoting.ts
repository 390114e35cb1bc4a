import { type Bytes, bytesOf, copyOf, latin1Of, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import { nameOf } from '../base/key-name';
import { NEVER, type Stored } from '../layers/layer';
import { ON_DISK, MARK as READING } from '../layers/memory/record';
import type { Value } from './api';
import type { Core } from './core';
import { valueFrom } from './values';

/** What decides whether a row may be believed. */
type RowTies = Pick<Stored, 'expiresAt' | 'graceMs' | 'tags' | 'version'> & { key: Bytes };

/** A disk read under way; `void` once the entry it reads for has changed. */
interface PendingRead {
  void: boolean;
  promise: Promise<Value | null>;
}

/**
 * Brings values from disk to memory. One read per key however many ask. A read is believed only if nothing touched the entry
 * since it began: every change of an entry that is being read voids the read, and its readers look again.
 */
export class Promoting {
  private readonly span = new Span(Buffer.alloc(0));
  private readonly pending = new Map<string, PendingRead>();

  constructor(private readonly core: Core) {
    core.voidRead = (db, key) => this.void(db, key);
  }

  /** Reads under way. */
  get size(): number {
    return this.pending.size;
  }

  /** The live value, copied, or null; `db` is logical. For keys whose value is, or may be, on disk only. */
  read(db: number, key: Bytes): Promise<Value | null> {
    const { core } = this;
    const physical = core.dbs.of(db);
    const name = nameOf(physical, key);
    const known = this.pending.get(name);
    if (known !== undefined && !known.void) return known.promise;
    if (core.disk === null) return Promise.resolve(null);
    const slot = core.memory.find(physical, key);
    if (slot !== 0) core.memory.setFlag(slot, READING, true);
    const own = copyOf(key);
    const read: PendingRead = { void: false, promise: Promise.resolve(null) };
    read.promise = core.disk.read(physical, bytesOf(own)).then(
      (stored) => this.arrived(db, physical, own, name, read, stored),
      (failure: unknown) => {
        this.core.world.log.debug({ failure }, 'a read from disk failed');
        this.core.counters.diskReadFailures++;
        this.finish(physical, own, name, read);
        return null;
      },
    );
    this.pending.set(name, read);
    return read.promise;
  }

  private void(physical: number, key: string): void {
    const read = this.pending.get(String.fromCharCode(physical) + key);
    if (read !== undefined) read.void = true;
  }

  private arrived(
    db: number,
    physical: number,
    own: Buffer,
    name: string,
    read: PendingRead,
    stored: Stored | null,
  ): Value | null | Promise<Value | null> {
    const { core } = this;
    const key = bytesOf(own);
    this.finish(physical, own, name, read);
    if (core.dbs.of(db) !== physical) return null;
    const slot = core.findLive(physical, key);
    if (slot !== 0 && core.isResident(slot)) return this.fromMemory(slot);
    if (slot === 0) return read.void || core.complete ? this.lookAgain(db, key, read) : this.adopt(db, key, stored);
    if (read.void) return this.read(db, key);
    if (stored === null) {
      core.remove(slot, 'lost');
      return null;
    }
    return this.restore(slot, stored);
  }

  /** The entry may be marked by a newer read, which then stays. */
  private finish(physical: number, key: Buffer, name: string, read: PendingRead): void {
    if (this.pending.get(name) !== read) return;
    this.pending.delete(name);
    const slot = this.core.memory.find(physical, bytesOf(key));
    if (slot !== 0) this.core.memory.setFlag(slot, READING, false);
  }

  /** The entry went, or was replaced and went again, while it was read. */
  private lookAgain(db: number, key: Bytes, read: PendingRead): Promise<Value | null> | null {
    const { core } = this;
    if (!read.void || core.complete || core.recovery.left.has(nameOf(core.dbs.of(db), key))) return null;
    return this.read(db, key);
  }

  private fromMemory(slot: number): Value {
    const { memory, now } = this.core;
    memory.touch(slot, now);
    memory.view(slot, this.span);
    return valueFrom(copyOf(this.span), memory.typeOf(slot));
  }

  private restore(slot: number, stored: Stored): Value {
    const { core } = this;
    const value = valueFrom(stored.value, stored.type);
    if (this.room(stored)) {
      // Making room may have let this very entry go.
      const again = core.memory.find(stored.db, bytesOf(stored.key));
      if (again === slot && !core.isResident(slot)) {
        core.memory.restoreValue(slot, value);
        core.memory.touch(slot, core.now);
        core.counters.promoted++;
      }
    }
    return value;
  }

  private room(stored: Stored): boolean {
    try {
      this.core.room.make(stored.key.length, stored.value.length);
      return true;
    } catch {
      return false;
    }
  }

  /** A row that the directory does not know yet (it is still being read). */
  private adopt(db: number, key: Bytes, stored: Stored | null): Value | null | Promise<Value | null> {
    const { core } = this;
    const physical = core.dbs.of(db);
    // One that lapsed is known, and newer than the row.
    if (stored === null || core.memory.find(physical, key) !== 0 || core.recovery.left.has(nameOf(physical, key)))
      return null;
    if (!this.believable({ ...stored, key })) return null;
    // What its sources were made from, and whether that changed, is known when all rows are.
    if (stored.sources.length > 0) return core.whenLoaded()!.then(() => this.lookUp(db, key));
    const value = valueFrom(stored.value, stored.type);
    if (!this.room(stored)) return value;
    const slot = core.memory.put(physical, key, value, stored.type);
    if (!this.tie(slot, { ...stored, key })) return null;
    core.counters.promoted++;
    return core.isLive(slot) ? value : null;
  }

  private lookUp(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const slot = this.core.findLive(this.core.dbs.of(db), key);
    if (slot === 0) return null;
    return this.core.isResident(slot) ? this.fromMemory(slot) : this.read(db, key);
  }

  /** Not expired, and none of its tags was invalidated after it was written. */
  believable(row: RowTies): boolean {
    const { core } = this;
    const graceMs = row.graceMs ?? 0;
    if (row.expiresAt + graceMs <= core.now) return false;
    const spared = graceMs > 0 && this.isRefreshable(row.key);
    return row.tags.length === 0 || !core.tags.anyInvalidatedAfter(row.tags, row.version, spared);
  }

  private isRefreshable(key: Bytes): boolean {
    const family = this.core.families.match(latin1Of(key));
    return family !== null && family.load !== null;
  }

  /** What a row says beside its value. False, and the entry is gone: limits that are lower now leave no room for it. */
  tie(slot: number, row: RowTies & Pick<Stored, 'db' | 'sources' | 'fillEpoch'>): boolean {
    const { core } = this;
    const { memory } = core;
    memory.setFlag(slot, ON_DISK, true);
    memory.setFillEpoch(slot, row.fillEpoch ?? row.version);
    if (row.expiresAt !== NEVER) memory.setExpires(slot, row.expiresAt);
    try {
      const graceMs = row.graceMs ?? 0;
      core.tieTo(slot, row.db, row.tags, graceMs, graceMs > 0 && this.isRefreshable(row.key));
      if (row.sources.length > 0) core.sources.bind(slot, row.db, row.key, row.sources);
      return true;
    } catch (refused) {
      if (!(refused instanceof Fault)) throw refused;
      core.counters.evicted++;
      core.remove(slot, 'evicted');
      return false;
    }
  }
}
