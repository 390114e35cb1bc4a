import type { Bytes } from '../../base/bytes';
import { Fault } from '../../base/fault';
import { KeyHash } from '../../base/key-hash';
import { CHAIN, HASH, HashIndex } from '../../base/offheap/hash-index';
import { Slab } from '../../base/offheap/slab';
import type { TagLimits } from '../limits';
import { NAME_BYTES_MAX, NameStore } from '../name-store';

/** A tag's name as given: one-byte characters, or a run of bytes that is only read during the call. */
export type TagName = string | Bytes;

// Words of a tag record; 0 and 1 are HASH and CHAIN. Epochs and sequences are 64-bit floats.
export const NAME = 2;
const NAME_BYTES = 3;
export const HARD_EPOCH = 4;
export const SOFT_EPOCH = 6;
/** Sequence of the newest invalidation that is not settled for all cohorts of the tag; 0 if there is none. */
export const KILL = 8;
/** Members that carry the tag, less those that died by it. */
export const LIVE = 10;
/** Links to the tag's cohorts, youngest cohort first. */
export const FIRST_LINK = 11;
export const LAST_LINK = 12;
/** Neighbours among the idle: tags that nobody carries, kept for their epochs. */
export const PREV = 13;
const NEXT = 14;
/** A tag's twin, or a twin's tag; 0 if it has none. Twins have no NAME. */
export const TWIN = 15;
/** Of the newest soft invalidation: clock milliseconds, and the time over which its entries become stale. */
export const SOFT_AT = 16;
export const STAGGER_MS = 18;
const WORDS = 20;

/**
 * Tags by name. Members that a soft invalidation spares hang on a tag's *twin*, the others on the tag itself, so that a
 * soft invalidation strikes one and leaves the other alone, however many members both have. A twin is a record without
 * name and epochs: it is there as long as somebody carries it, and the tag is kept as long as its twin.
 */
export class TagTable {
  readonly slab = new Slab(WORDS);
  readonly names = new NameStore();
  /** Tags that nobody carries, kept for their epochs. */
  idle = 0;
  /** Records that are twins. */
  twins = 0;
  /** Whatever began before this epoch counts as invalidated, whatever its tags: records had to be given up. */
  floorEpoch = 0;
  private readonly index = new HashIndex(this.slab);
  private readonly scratch: Buffer;
  private readonly hasher: KeyHash;
  /** Hears the name of every tag whose epochs are dropped. */
  forgotten: (name: string) => void = () => {};
  private firstIdle = 0;
  private lastIdle = 0;
  /** No load, layer or lease can refer to an epoch before this one. */
  private forgottenEpoch = 0;

  constructor(
    seed: number,
    private readonly limits: TagLimits,
  ) {
    this.hasher = KeyHash.ofSeed(seed);
    this.scratch = Buffer.allocUnsafeSlow(Math.min(limits.tagBytesMax, NAME_BYTES_MAX));
  }

  get bytesUsed(): number {
    return this.slab.bytesUsed + this.names.bytesUsed;
  }

  get bytesReserved(): number {
    return this.slab.bytesReserved + this.names.bytesReserved + this.index.bytesReserved;
  }

  /** Throws Fault if a name is too long to be a tag. */
  checkLength(name: TagName): void {
    const length = typeof name === 'string' ? name.length : name.end - name.start;
    if (length > this.scratch.length) {
      throw new Fault(`ERR tag too long (limit tag-size-max ${this.scratch.length})`);
    }
  }

  /** The tag's record, or 0. */
  find(name: TagName): number {
    if (typeof name !== 'string') return this.findBytes(name.buf, name.start, name.end, this.hash(name));
    if (name.length > this.scratch.length) return 0;
    const end = this.write(name);
    return this.findBytes(this.scratch, 0, end, this.hasher.hash(0, this.scratch, 0, end));
  }

  /** The tag's record, made if need be; 0 if the table is full. The name's length was checked. */
  intern(name: TagName): number {
    if (typeof name !== 'string') return this.internBytes(name.buf, name.start, name.end);
    return this.internBytes(this.scratch, 0, this.write(name));
  }

  /** The record on which spared members hang, made if need be; 0 if the table is full. */
  internTwin(name: TagName): number {
    const tag = this.intern(name);
    if (tag === 0 || this.slab.get(tag, TWIN) !== 0) return tag === 0 ? 0 : this.slab.get(tag, TWIN);
    if (this.slab.used >= this.limits.tagsMax) {
      this.discard(tag);
      return 0;
    }
    if (this.slab.get(tag, FIRST_LINK) === 0 && this.hasEpoch(tag)) this.unlinkIdle(tag);
    const twin = this.slab.allocate();
    this.slab.set(twin, TWIN, tag);
    this.slab.set(tag, TWIN, twin);
    this.twins++;
    return twin;
  }

  /** The tag's twin, or 0. */
  twinOf(tag: number): number {
    return tag === 0 ? 0 : this.slab.get(tag, TWIN);
  }

  isTwin(tag: number): boolean {
    return this.slab.get(tag, NAME) === 0;
  }

  isCarried(tag: number): boolean {
    return this.slab.get(tag, FIRST_LINK) !== 0 || this.slab.get(tag, TWIN) !== 0;
  }

  name(tag: number): string {
    if (this.isTwin(tag)) return this.name(this.slab.get(tag, TWIN));
    return this.names.latin1(this.slab.get(tag, NAME), this.slab.get(tag, NAME_BYTES));
  }

  /** Notes an invalidation of a tag; whether any entry carries it. If not, the record may be gone. */
  stamp(tag: number, word: typeof HARD_EPOCH | typeof SOFT_EPOCH, epoch: number): boolean {
    const carried = this.isCarried(tag);
    if (!carried && this.hasEpoch(tag)) this.unlinkIdle(tag);
    if (epoch > this.slab.getFloat(tag, word)) this.slab.setFloat(tag, word, epoch);
    if (!carried) this.release(tag);
    return carried;
  }

  /** Of soft invalidations the newest is kept: called before `stamp`. */
  setSoft(tag: number, epoch: number, atMs: number, staggerMs: number): void {
    if (epoch <= this.slab.getFloat(tag, SOFT_EPOCH)) return;
    this.slab.setFloat(tag, SOFT_AT, atMs);
    this.slab.set(tag, STAGGER_MS, staggerMs);
  }

  /** The tag is carried again: called before its first link. */
  revive(tag: number): void {
    if (!this.isCarried(tag) && this.hasEpoch(tag)) this.unlinkIdle(tag);
  }

  /** Nobody carries the tag any more: drops it, or keeps it for its epochs. */
  release(tag: number): void {
    if (this.isTwin(tag)) {
      const { slab } = this;
      const of = slab.get(tag, TWIN);
      this.dropTwin(tag);
      if (slab.get(of, FIRST_LINK) === 0) this.release(of);
      return;
    }
    if (this.isCarried(tag)) return;
    if (this.isForgotten(tag)) {
      this.drop(tag);
      return;
    }
    this.linkIdle(tag);
    if (this.idle > this.limits.idleTagsMax) this.giveUpOldest();
  }

  /** Drops a record made by `intern` that came to nothing. Harmless if it is carried, known by an epoch, or gone. */
  discard(tag: number): void {
    const { slab } = this;
    if (slab.get(tag, FIRST_LINK) !== 0) return;
    if (slab.get(tag, NAME) > 0) {
      if (slab.get(tag, TWIN) === 0 && !this.hasEpoch(tag)) this.drop(tag);
    } else if (slab.get(tag, TWIN) !== 0) this.release(tag);
  }

  /** Drops at most `budget` idle tags whose epochs are not after `epoch`; whether none is left. */
  forget(epoch: number, budget: number): boolean {
    if (epoch > this.forgottenEpoch) this.forgottenEpoch = epoch;
    for (let left = budget; this.firstIdle !== 0 && this.isForgotten(this.firstIdle); left--) {
      if (left === 0) return false;
      const tag = this.firstIdle;
      this.unlinkIdle(tag);
      this.drop(tag);
    }
    return true;
  }

  raiseFloor(epoch: number): void {
    if (epoch > this.floorEpoch) this.floorEpoch = epoch;
  }

  hasEpoch(tag: number): boolean {
    return this.slab.getFloat(tag, HARD_EPOCH) !== 0 || this.slab.getFloat(tag, SOFT_EPOCH) !== 0;
  }

  /** First of the idle, or the one after `tag`. */
  nextIdle(tag = 0): number {
    return tag === 0 ? this.firstIdle : this.slab.get(tag, NEXT);
  }

  private hash(name: Bytes): number {
    return this.hasher.hash(0, name.buf, name.start, name.end);
  }

  /** For short names a loop beats the call into the runtime. */
  private write(name: string): number {
    const { scratch } = this;
    if (name.length > 48) return scratch.write(name, 0, 'latin1');
    for (let i = 0; i < name.length; i++) scratch[i] = name.charCodeAt(i);
    return name.length;
  }

  private findBytes(buf: Buffer, start: number, end: number, hash: number): number {
    const { slab, names } = this;
    const length = end - start;
    for (let tag = this.index.first(hash); tag !== 0; tag = slab.get(tag, CHAIN)) {
      if (slab.get(tag, HASH) !== hash || slab.get(tag, NAME_BYTES) !== length) continue;
      if (names.equals(slab.get(tag, NAME), length, buf, start)) return tag;
    }
    return 0;
  }

  private internBytes(buf: Buffer, start: number, end: number): number {
    const { slab } = this;
    const hash = this.hasher.hash(0, buf, start, end);
    const known = this.findBytes(buf, start, end, hash);
    if (known !== 0 || slab.used >= this.limits.tagsMax) return known;
    const tag = slab.allocate();
    slab.set(tag, HASH, hash);
    slab.set(tag, NAME, this.names.put(buf, start, end));
    slab.set(tag, NAME_BYTES, end - start);
    this.index.insert(hash, tag);
    return tag;
  }

  private dropTwin(twin: number): void {
    this.slab.set(this.slab.get(twin, TWIN), TWIN, 0);
    this.slab.free(twin);
    this.twins--;
  }

  private drop(tag: number): void {
    const { slab } = this;
    if (this.hasEpoch(tag)) this.forgotten(this.name(tag));
    this.index.remove(slab.get(tag, HASH), tag);
    this.names.free(slab.get(tag, NAME), slab.get(tag, NAME_BYTES));
    slab.free(tag);
  }

  private isForgotten(tag: number): boolean {
    const { slab, forgottenEpoch } = this;
    return slab.getFloat(tag, HARD_EPOCH) <= forgottenEpoch && slab.getFloat(tag, SOFT_EPOCH) <= forgottenEpoch;
  }

  /** The record goes, so all that began before its invalidation must be taken for invalidated. */
  private giveUpOldest(): void {
    const tag = this.firstIdle;
    this.raiseFloor(Math.max(this.slab.getFloat(tag, HARD_EPOCH), this.slab.getFloat(tag, SOFT_EPOCH)));
    this.unlinkIdle(tag);
    this.drop(tag);
  }

  private linkIdle(tag: number): void {
    const { slab } = this;
    slab.set(tag, PREV, this.lastIdle);
    slab.set(tag, NEXT, 0);
    if (this.lastIdle === 0) this.firstIdle = tag;
    else slab.set(this.lastIdle, NEXT, tag);
    this.lastIdle = tag;
    this.idle++;
  }

  private unlinkIdle(tag: number): void {
    const { slab } = this;
    const prev = slab.get(tag, PREV);
    const next = slab.get(tag, NEXT);
    if (prev === 0) this.firstIdle = next;
    else slab.set(prev, NEXT, next);
    if (next === 0) this.lastIdle = prev;
    else slab.set(next, PREV, prev);
    slab.set(tag, PREV, 0);
    slab.set(tag, NEXT, 0);
    this.idle--;
  }
}
