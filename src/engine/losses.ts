import type { Bytes } from '../base/bytes';
import { Fingerprint } from '../base/fingerprint';
import { HITS_BITS, HITS_MAX } from '../layers/memory/record';
import { LOSSES, type Loss } from './counters';
import { DATABASES } from './databases';

/** Default of why-keys-max. */
const LOSSES_REMEMBERED = 1 << 17;
/** The newest losses, kept over a restart. */
export const NEWEST_LOSSES_MAX = 4096;

// Words of a record: 32 bytes, half a cache line. WHEN and EPOCH are float64.
const LOW = 0;
const HIGH = 1;
const WHY = 2;
const DETAIL = 3;
const WORDS = 8;
const WHEN = 2;
const EPOCH = 3;

export const LOSS_BYTES = WORDS * 4;

/** WHY: 8 bits of reason, 8 of policy (index into POLICY_NAMES), then flags. */
const REASON_MASK = 0xff;
const POLICY_SHIFT = 8;
/** DETAIL is the number of a cause; otherwise seconds since the last use and 12 bits of hits. */
const HAS_CAUSE = 1 << 16;
/** The value was not in memory any more: it rested on disk. */
export const FROM_DISK = 1 << 17;
/** There is a disk layer, and the value had not come there yet. */
export const UNWRITTEN = 1 << 18;
/** There is a disk layer, which had not taken the value. */
export const NOT_ADMITTED = 1 << 19;

const CODES = Object.fromEntries(LOSSES.map((loss, code) => [loss, code])) as Record<Loss, number>;
const FLUSHED = CODES.flushed;

/** What is remembered of a lost key. */
export interface LossRecord {
  reason: Loss;
  /** Wall clock ms. */
  atMs: number;
  /** When the making of the value began; 0: not known. */
  fillEpoch: number;
  /** Index into POLICY_NAMES. */
  policy: number;
  /** FROM_DISK, UNWRITTEN, NOT_ADMITTED. */
  flags: number;
  /** Number of the cause, 0: none. */
  cause: number;
  idleSeconds: number;
  hits: number;
}

/**
 * Remembers how recently lost keys were lost: a direct-mapped table of fingerprints (64 bits), newer losses overwriting
 * older ones in the same place. Bounded, off the heap, no object a key. Two keys with one fingerprint would be taken for
 * each other; with a full table that happens to one question in 10^14.
 *
 * Databases go by their number; SWAPDB exchanges what is remembered too, so a number has a name of its own here.
 */
export class Losses {
  /** Losses so far: the place of the next one among the newest. */
  count = 0;
  /** More was lost before the start than is remembered: what is unknown here may still have been. */
  isPartial = false;
  readonly fingerprint: Fingerprint;
  readonly names = Uint8Array.from({ length: DATABASES }, (_, db) => db);
  private readonly words: Int32Array;
  private readonly floats: Float64Array;
  private readonly mask: number;
  private readonly newest = new Int32Array(NEWEST_LOSSES_MAX).fill(-1);

  constructor(seed: number, random: () => number, keysMax = LOSSES_REMEMBERED) {
    const places = 2 ** Math.ceil(Math.log2(Math.max(2, keysMax)));
    this.words = new Int32Array(places * WORDS);
    this.floats = new Float64Array(this.words.buffer);
    this.mask = places - 1;
    this.fingerprint = new Fingerprint(seed | 0, Math.floor(random() * 2 ** 32) | 0);
  }

  get bytesUsed(): number {
    return this.words.byteLength + this.newest.byteLength;
  }

  swap(a: number, b: number): void {
    const { names } = this;
    [names[a], names[b]] = [names[b]!, names[a]!];
  }

  /** Died of a cause (its number, or 0). `db` is a number that clients SELECT. */
  killed(db: number, key: Bytes, reason: Loss, atMs: number, fillEpoch: number, cause: number): void {
    this.write(db, key, CODES[reason] | HAS_CAUSE, cause, atMs, fillEpoch);
  }

  /** Went by itself: `heat` is idle seconds and hits as in an entry's record. */
  went(
    db: number,
    key: Bytes,
    reason: Loss,
    atMs: number,
    fillEpoch: number,
    policy: number,
    flags: number,
    heat: number,
  ): void {
    this.write(db, key, CODES[reason] | (policy << POLICY_SHIFT) | flags, heat, atMs, fillEpoch);
  }

  private write(db: number, key: Bytes, why: number, detail: number, atMs: number, fillEpoch: number): void {
    const { fingerprint, words, floats } = this;
    fingerprint.of(this.names[db]!, key.buf, key.start, key.end);
    const { low, high } = fingerprint;
    const at = (low & this.mask) * WORDS;
    const float = at >>> 1;
    // A flushed entry is swept late: what was lost since the flush is newer.
    if ((why & REASON_MASK) === FLUSHED && this.isOf(at, low, high) && floats[float + WHEN]! >= atMs) return;
    words[at + LOW] = low;
    words[at + HIGH] = high;
    words[at + WHY] = why;
    words[at + DETAIL] = detail;
    floats[float + WHEN] = atMs;
    floats[float + EPOCH] = fillEpoch;
    this.newest[this.count++ & (NEWEST_LOSSES_MAX - 1)] = at;
  }

  private isOf(at: number, low: number, high: number): boolean {
    const { words } = this;
    return words[at + LOW] === low && words[at + HIGH] === high && words[at + WHY] !== 0;
  }

  /** Index into LOSSES; 0 (absent) if nothing is known. */
  reasonOf(db: number, key: Bytes): number {
    const at = this.find(db, key);
    return at < 0 ? 0 : this.words[at + WHY]! & REASON_MASK;
  }

  lookUp(db: number, key: Bytes): LossRecord | null {
    const { words, floats } = this;
    const at = this.find(db, key);
    if (at < 0) return null;
    const why = words[at + WHY]!;
    const detail = words[at + DETAIL]!;
    const caused = (why & HAS_CAUSE) !== 0;
    return {
      reason: LOSSES[why & REASON_MASK] ?? 'absent',
      atMs: floats[(at >>> 1) + WHEN]!,
      fillEpoch: floats[(at >>> 1) + EPOCH]!,
      policy: (why >>> POLICY_SHIFT) & 0xff,
      flags: why & (FROM_DISK | UNWRITTEN | NOT_ADMITTED),
      cause: caused ? detail >>> 0 : 0,
      idleSeconds: caused ? 0 : detail >>> HITS_BITS,
      hits: caused ? 0 : detail & HITS_MAX,
    };
  }

  /** Whether a key that is not remembered may have been, until a newer loss took its place. */
  mayHaveForgotten(db: number, key: Bytes): boolean {
    this.fingerprint.of(this.names[db]!, key.buf, key.start, key.end);
    return this.isPartial || this.words[(this.fingerprint.low & this.mask) * WORDS + WHY] !== 0;
  }

  private find(db: number, key: Bytes): number {
    const { fingerprint } = this;
    fingerprint.of(this.names[db]!, key.buf, key.start, key.end);
    const at = (fingerprint.low & this.mask) * WORDS;
    return this.isOf(at, fingerprint.low, fingerprint.high) ? at : -1;
  }

  // --- over a restart ------------------------------------------------------------------------------------------------

  /** Copies the newest losses of places `from` to `to` into the buffer, one after another; bytes written. */
  copyNewest(from: number, to: number, into: Buffer, start: number): number {
    const bytes = Buffer.from(this.words.buffer);
    let end = start;
    for (let place = from; place < to; place++) {
      const at = this.newest[place]!;
      if (at >= 0) end += bytes.copy(into, end, at * 4, (at + WORDS) * 4);
    }
    return end - start;
  }

  /** Takes one back, unless something newer is known. Seeds and names must be those it was written with. */
  restore(record: Buffer): void {
    const { words, floats } = this;
    const at = (record.readInt32LE(0) & this.mask) * WORDS;
    const why = record.readInt32LE(WHY * 4);
    const atMs = lossTimeOf(record);
    if (LOSSES[why & REASON_MASK] === undefined) return;
    if (words[at + WHY] !== 0 && floats[(at >>> 1) + WHEN]! >= atMs) return;
    for (let word = 0; word < WORDS; word++) words[at + word] = record.readInt32LE(word * 4);
    this.newest[this.count++ & (NEWEST_LOSSES_MAX - 1)] = at;
  }
}

/** When a saved record's key was lost; wall clock ms. */
export function lossTimeOf(record: Buffer): number {
  return record.readDoubleLE(WHEN * 8);
}
