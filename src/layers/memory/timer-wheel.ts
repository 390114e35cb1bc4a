import { Slab } from '../../base/offheap/slab';
import { EXPIRES, TIMER } from './record';

/**
 * Which entries expire next, without looking at the others. Seven wheels of 256 buckets: an entry is on the wheel of the
 * highest of the seven bytes of its millisecond in which it differs from the present one, in the bucket of that byte (so
 * any moment up to 2^53 has its place). When the present reaches a bucket of a higher wheel, its entries move to lower
 * wheels; a bucket of the lowest wheel is one millisecond, and what is in the present one is due.
 *
 * Both happen an entry at a time: the buckets that the present points at are the work list, so a call may stop anywhere.
 * Empty buckets are skipped by bitmaps. Entries are linked both ways, so cancelling leaves nothing behind.
 */
const ITEM_WORDS = 4;
const PREV = 0;
const NEXT = 1;
const OWNER = 2;
const BUCKET = 3;

const WHEELS = 7;
const BUCKETS = 256;
const BITMAP_WORDS = BUCKETS / 32;
const HALF = 2 ** 32;
const MS_MAX = Number.MAX_SAFE_INTEGER;

export class TimerWheel {
  private readonly items = new Slab(ITEM_WORDS);
  private readonly heads = new Int32Array(WHEELS * BUCKETS);
  private readonly occupied = new Int32Array(WHEELS * BITMAP_WORDS);
  /** The present millisecond, in two halves; everything before it was handed out. */
  private low: number;
  private high: number;

  /** `expire` takes a due entry away, which cancels its timer. */
  constructor(
    private readonly records: Slab,
    nowMs: number,
    private readonly expire: (slot: number) => void,
  ) {
    this.low = Math.floor(nowMs) >>> 0;
    this.high = Math.floor(Math.floor(nowMs) / HALF);
  }

  get size(): number {
    return this.items.used;
  }

  get bytesUsed(): number {
    return this.items.bytesUsed;
  }

  /** Starts, or moves, the timer of an entry whose EXPIRES is finite. */
  schedule(slot: number): void {
    let item = this.records.get(slot, TIMER);
    if (item === 0) {
      item = this.items.allocate();
      this.items.set(item, OWNER, slot);
      this.records.set(slot, TIMER, item);
    } else this.unlink(item);
    this.link(item, this.bucketFor(this.records.getFloat(slot, EXPIRES)));
  }

  cancel(slot: number): void {
    const item = this.records.get(slot, TIMER);
    if (item === 0) return;
    this.unlink(item);
    this.items.free(item);
    this.records.set(slot, TIMER, 0);
  }

  /**
   * Hands out entries with EXPIRES <= now, moving or expiring at most `budget`. True if it has caught up: none is left.
   */
  advance(nowMs: number, budget: number): boolean {
    const now = Math.min(Math.floor(nowMs), MS_MAX);
    for (;;) {
      const bucket = this.pendingBucket();
      if (bucket >= 0) {
        if (budget-- <= 0) return false;
        this.takeOne(bucket);
        continue;
      }
      const present = this.high * HALF + this.low;
      if (present >= now) return true;
      this.moveTo(Math.min(now, this.nextStart()));
    }
  }

  /** Not later than the next expiry; Infinity if there is none. What is due already is due in the past. */
  nextDueMs(): number {
    return this.pendingBucket() >= 0 ? this.high * HALF + this.low : this.nextStart();
  }

  /** Calls `each` for every timer and throws if one is where it should not be. */
  audit(each: (slot: number, item: number) => void): void {
    let count = 0;
    for (let bucket = 0; bucket < this.heads.length; bucket++) {
      const bit = (this.occupied[bucket >>> 5]! >>> (bucket & 31)) & 1;
      if ((this.heads[bucket] !== 0) !== (bit === 1)) throw new Error('timer wheel: the bitmap is wrong');
      for (let item = this.heads[bucket]!, prev = 0; item !== 0; prev = item, item = this.items.get(item, NEXT)) {
        const slot = this.items.get(item, OWNER);
        if (this.items.get(item, PREV) !== prev) throw new Error('timer wheel: links disagree');
        if (this.items.get(item, BUCKET) !== bucket) throw new Error('timer wheel: a timer is in a bucket not its own');
        const proper = this.bucketFor(this.records.getFloat(slot, EXPIRES));
        if (proper !== bucket && !this.isPending(bucket))
          throw new Error('timer wheel: a timer is in the wrong bucket');
        if (++count > this.items.used) throw new Error('timer wheel: cycle');
        each(slot, item);
      }
    }
    if (count !== this.items.used) throw new Error('timer wheel: a timer is in no bucket');
  }

  /** The byte of the present that belongs to a wheel. */
  private present(wheel: number): number {
    return (wheel < 4 ? this.low >>> (wheel << 3) : this.high >>> ((wheel - 4) << 3)) & 255;
  }

  private isPending(bucket: number): boolean {
    return (bucket & 255) === this.present(bucket >>> 8);
  }

  private bucketFor(expiresAtMs: number): number {
    const at = Math.min(Math.ceil(expiresAtMs), MS_MAX);
    if (at <= this.high * HALF + this.low) return this.low & 255;
    const low = at >>> 0;
    const high = Math.floor(at / HALF);
    if (high !== this.high) {
      const wheel = (31 - Math.clz32(high ^ this.high)) >>> 3;
      return ((wheel + 4) << 8) | ((high >>> (wheel << 3)) & 255);
    }
    const wheel = (31 - Math.clz32(low ^ this.low)) >>> 3;
    return (wheel << 8) | ((low >>> (wheel << 3)) & 255);
  }

  /** A bucket at which the present points and that is not empty, or -1. */
  private pendingBucket(): number {
    for (let wheel = WHEELS - 1; wheel >= 0; wheel--) {
      const bucket = (wheel << 8) | this.present(wheel);
      if (this.heads[bucket] !== 0) return bucket;
    }
    return -1;
  }

  private takeOne(bucket: number): void {
    const item = this.heads[bucket]!;
    const slot = this.items.get(item, OWNER);
    if (bucket < BUCKETS) {
      this.expire(slot);
      return;
    }
    this.unlink(item);
    this.link(item, this.bucketFor(this.records.getFloat(slot, EXPIRES)));
  }

  /** First millisecond of the earliest bucket after the present that is not empty. */
  private nextStart(): number {
    for (let wheel = 0; wheel < WHEELS; wheel++) {
      const digit = this.occupiedAfter(wheel, this.present(wheel));
      if (digit < 0) continue;
      const shift = (wheel & 3) << 3;
      const half = wheel < 4 ? this.low : this.high;
      const above = shift === 24 ? 0 : (half >>> (shift + 8)) << (shift + 8);
      const start = (above | (digit << shift)) >>> 0;
      return wheel < 4 ? this.high * HALF + start : start * HALF;
    }
    return Number.POSITIVE_INFINITY;
  }

  private occupiedAfter(wheel: number, digit: number): number {
    for (let next = digit + 1; next < BUCKETS; next = (next | 31) + 1) {
      const bits = this.occupied[wheel * BITMAP_WORDS + (next >>> 5)]! >>> (next & 31);
      if (bits !== 0) return next + 31 - Math.clz32(bits & -bits);
    }
    return -1;
  }

  private moveTo(ms: number): void {
    this.low = ms >>> 0;
    this.high = Math.floor(ms / HALF);
  }

  private link(item: number, bucket: number): void {
    const { items } = this;
    const next = this.heads[bucket]!;
    items.set(item, PREV, 0);
    items.set(item, NEXT, next);
    items.set(item, BUCKET, bucket);
    if (next !== 0) items.set(next, PREV, item);
    else this.occupied[bucket >>> 5]! |= 1 << (bucket & 31);
    this.heads[bucket] = item;
  }

  private unlink(item: number): void {
    const { items } = this;
    const bucket = items.get(item, BUCKET);
    const prev = items.get(item, PREV);
    const next = items.get(item, NEXT);
    if (next !== 0) items.set(next, PREV, prev);
    if (prev !== 0) items.set(prev, NEXT, next);
    else {
      this.heads[bucket] = next;
      if (next === 0) this.occupied[bucket >>> 5]! &= ~(1 << (bucket & 31));
    }
  }
}
