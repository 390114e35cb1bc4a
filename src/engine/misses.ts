import type { Bytes } from '../base/bytes';
import { WideKeyHash } from '../base/key-hash';
import type { World } from '../base/world';
import type { Background } from './background';

export interface FenceLimits {
  /** Misses remembered for one connection; 0: none. */
  readonly keysMax: number;
}

/** So long after a miss a fill may still come of it. */
export const MISS_MEMORY_MS = 10_000;
/** Connections are looked through for what is forgotten this often. */
const SWEEP_MS = 1_000;
const CAPACITY_MIN = 8;
/** In place of a key's hash, which is never negative. */
const TAKEN = -1;

/** The misses of one connection, oldest first: a ring of (hash of the key, epoch, moment, whether it stands in for another), 25 bytes each. */
class ClientMisses {
  private ids = new Float64Array(CAPACITY_MIN);
  private epochs = new Float64Array(CAPACITY_MIN);
  private times = new Float64Array(CAPACITY_MIN);
  /** 1: it stands in for a newer one. */
  private standsIn = new Uint8Array(CAPACITY_MIN);
  private head = 0;
  private count = 0;
  private taken = 0;
  /** Oldest epoch that was pushed out since `droppedSinceMs`, and in the time of the same length before. */
  private dropped = Number.POSITIVE_INFINITY;
  private droppedBefore = Number.POSITIVE_INFINITY;
  private droppedSinceMs = Number.NEGATIVE_INFINITY;

  get bytesUsed(): number {
    return this.ids.byteLength * 3 + this.standsIn.byteLength;
  }

  /** Nothing of it can matter any more. */
  isForgotten(now: number): boolean {
    this.forgetOld(now);
    return this.count === 0 && now >= this.droppedSinceMs + 2 * MISS_MEMORY_MS;
  }

  add(id: number, epoch: number, now: number, max: number): void {
    this.forgetOld(now);
    if (this.count >= max && this.taken > 0) this.compact();
    while (this.count >= max) this.dropFirst(now);
    if (this.count === this.ids.length) this.grow();
    const at = this.at(this.count++);
    this.ids[at] = id;
    this.epochs[at] = epoch;
    this.times[at] = now;
    this.standsIn[at] = 0;
  }

  /**
   * When a fill of the key that comes now may have begun: the epoch of the oldest miss that it may be the answer to; NaN
   * without one. With several (one connection may serve many readers) nobody knows which of them it answers: the newest is
   * taken for answered, and those before it stand in for it, so they are remembered for as long again.
   */
  take(id: number, now: number): number {
    this.forgetOld(now);
    const oldestDropped = this.oldestDropped(now);
    let oldest = oldestDropped;
    let newestAt = -1;
    for (let i = 0; i < this.count; i++) {
      const at = this.at(i);
      if (this.ids[at] !== id || this.isOver(at, now)) continue;
      oldest = Math.min(oldest, this.epochs[at]!);
      if (newestAt >= 0) this.standsIn[newestAt] = 1;
      newestAt = at;
    }
    // Where some were pushed out they cannot be counted: all stay until their time is over.
    if (newestAt >= 0 && oldestDropped === Number.POSITIVE_INFINITY) {
      this.ids[newestAt] = TAKEN;
      this.taken++;
    }
    return oldest === Number.POSITIVE_INFINITY ? Number.NaN : oldest;
  }

  private isOver(at: number, now: number): boolean {
    const memoryMs = this.standsIn[at] === 1 ? 2 * MISS_MEMORY_MS : MISS_MEMORY_MS;
    return this.ids[at] === TAKEN || this.times[at]! + memoryMs <= now;
  }

  private at(i: number): number {
    return (this.head + i) & (this.ids.length - 1);
  }

  private forgetOld(now: number): void {
    while (this.count > 0 && this.isOver(this.head, now)) this.removeFirst();
  }

  private removeFirst(): void {
    if (this.ids[this.head] === TAKEN) this.taken--;
    this.head = (this.head + 1) & (this.ids.length - 1);
    this.count--;
  }

  private dropFirst(now: number): void {
    const epoch = this.epochs[this.head]!;
    if (now >= this.droppedSinceMs + MISS_MEMORY_MS) {
      this.droppedBefore = now < this.droppedSinceMs + 2 * MISS_MEMORY_MS ? this.dropped : Number.POSITIVE_INFINITY;
      this.dropped = epoch;
      this.droppedSinceMs = now;
    } else this.dropped = Math.min(this.dropped, epoch);
    this.removeFirst();
  }

  private oldestDropped(now: number): number {
    const age = now - this.droppedSinceMs;
    if (age >= 2 * MISS_MEMORY_MS) return Number.POSITIVE_INFINITY;
    return age >= MISS_MEMORY_MS ? this.dropped : Math.min(this.dropped, this.droppedBefore);
  }

  private compact(): void {
    let kept = 0;
    for (let i = 0; i < this.count; i++) {
      const from = this.at(i);
      if (this.ids[from] === TAKEN) continue;
      this.move(from, this.at(kept++));
    }
    this.count = kept;
    this.taken = 0;
  }

  private move(from: number, to: number): void {
    this.ids[to] = this.ids[from]!;
    this.epochs[to] = this.epochs[from]!;
    this.times[to] = this.times[from]!;
    this.standsIn[to] = this.standsIn[from]!;
  }

  private grow(): void {
    const copy = <A extends Float64Array | Uint8Array>(old: A, grown: A): A => {
      for (let i = 0; i < this.count; i++) grown[i] = old[(this.head + i) & (old.length - 1)]!;
      return grown;
    };
    const length = this.ids.length * 2;
    this.ids = copy(this.ids, new Float64Array(length));
    this.epochs = copy(this.epochs, new Float64Array(length));
    this.times = copy(this.times, new Float64Array(length));
    this.standsIn = copy(this.standsIn, new Uint8Array(length));
    this.head = 0;
  }
}

/**
 * The fence for clients without leases. Who misses a key will perhaps read it at its origin and store it: the miss is
 * remembered for its connection, and a TAGSET of the key there is a fill that began with it. Keys are remembered by 53 bits
 * of a seeded hash, by the number of the database that was selected.
 */
export class Misses {
  private readonly clients = new Map<number, ClientMisses>();
  private readonly hasher: WideKeyHash;
  private readonly clock: World['clock'];
  private sweptAtMs = 0;
  private sweeping: Iterator<[number, ClientMisses]> | null = null;

  constructor(
    world: World,
    background: Background,
    private readonly limits: FenceLimits,
  ) {
    this.clock = world.clock;
    const word = () => Math.floor(world.random() * 2 ** 32) | 0;
    this.hasher = new WideKeyHash(word(), word());
    background.add('misses', (enough) => this.sweep(enough));
  }

  get size(): number {
    return this.clients.size;
  }

  /** False: misses are not remembered at all. */
  get isOn(): boolean {
    return this.limits.keysMax > 0;
  }

  /** `db` is the number that the client selected; `epoch` was noted. */
  add(client: number, db: number, key: Bytes, epoch: number): void {
    let misses = this.clients.get(client);
    if (misses === undefined) {
      misses = new ClientMisses();
      this.clients.set(client, misses);
    }
    misses.add(this.idOf(db, key), epoch, this.clock.now, this.limits.keysMax);
  }

  /** The epoch when this client's fill of the key may have begun, undefined if it missed nothing lately. */
  take(client: number, db: number, key: Bytes): number | undefined {
    const misses = this.clients.get(client);
    if (misses === undefined) return undefined;
    const epoch = misses.take(this.idOf(db, key), this.clock.now);
    return Number.isNaN(epoch) ? undefined : epoch;
  }

  gone(client: number): void {
    this.clients.delete(client);
  }

  get bytesUsed(): number {
    let bytes = 0;
    for (const misses of this.clients.values()) bytes += misses.bytesUsed;
    return bytes;
  }

  private idOf(db: number, key: Bytes): number {
    return this.hasher.hash(db, key.buf, key.start, key.end);
  }

  /** Frees what idle connections do not need any more. */
  private sweep(enough: () => boolean): boolean {
    const { now } = this.clock;
    if (this.sweeping === null) {
      if (now < this.sweptAtMs + SWEEP_MS || this.clients.size === 0) return false;
      this.sweptAtMs = now;
      this.sweeping = this.clients.entries();
    }
    for (let next = this.sweeping.next(); !next.done; next = this.sweeping.next()) {
      const [client, misses] = next.value;
      if (misses.isForgotten(now)) this.clients.delete(client);
      if (enough()) return true;
    }
    this.sweeping = null;
    return false;
  }
}
