import type { Bytes } from '../../base/bytes';
import { copyBytes } from '../../base/copy';
import type { KeyHash } from '../../base/key-hash';
import { HashIndex } from '../../base/offheap/hash-index';
import { SLOT_MASK, SLOT_SHIFT } from '../../base/offheap/slab';
import { NEVER } from '../layer';
import { Entries } from './entries';
import {
  CHAIN,
  DB_SHIFT,
  ENTRY_WORDS,
  EXPIRES,
  HASH,
  IDENTITY_MASK,
  KEY_BYTES_MAX,
  KEY_LENGTH_MASK,
  LARGE,
  META,
  REF,
  TYPE_MASK,
  TYPE_SHIFT,
  VALUE_BYTES_MAX,
  VLEN,
} from './record';

/** Keys that `fetch` takes at once, and the longest worth hashing twice. */
export const FETCHED_KEYS_MAX = 16;
const FETCHED_KEY_BYTES_MAX = 64;

/** Entries by their key, and their blocks: what is stored where, but not for how long. */
export class Directory extends Entries {
  readonly index = new HashIndex(this.records);
  /** Hash of the key last looked for, 32 bits, signed; its words are in the hasher. Only `find` sets it. */
  lastHash = 0;
  private readonly ahead = new Int32Array(FETCHED_KEYS_MAX);
  /** Keeps `fetch` from being optimized away. */
  protected fetched = 0;

  constructor(private readonly hasher: KeyHash) {
    super();
  }

  /** The entry of a key, live or not; 0 if there is none. */
  find(db: number, key: Bytes): number {
    const length = key.end - key.start;
    if (length > KEY_BYTES_MAX) return 0;
    const hash = this.hasher.hash(db, key.buf, key.start, key.end);
    this.lastHash = hash;
    const identity = length | (db << DB_SHIFT);
    const { pages } = this.records;
    let slot = this.index.first(hash);
    while (slot !== 0) {
      const page = pages[slot >>> SLOT_SHIFT]!;
      const at = (slot & SLOT_MASK) * ENTRY_WORDS;
      if (page[at + HASH] === hash) {
        const meta = page[at + META]!;
        if ((meta & IDENTITY_MASK) === identity && this.hasKey(meta, page[at + REF]!, length)) return slot;
      }
      slot = page[at + CHAIN]!;
    }
    return 0;
  }

  /** Seeded; 0 for a key that is too long to be here. */
  hashKey(db: number, key: Bytes): number {
    if (key.end - key.start > KEY_BYTES_MAX) return 0;
    return this.hasher.hash(db, key.buf, key.start, key.end);
  }

  /**
   * Fetches what `find` will touch for these keys, all side by side: a pipeline's cache misses then overlap instead of
   * following one another. Changes nothing; `starts` and `ends` are places in `buf`.
   */
  fetch(db: number, buf: Buffer, starts: Int32Array, ends: Int32Array, count: number): void {
    const { hasher, index, ahead } = this;
    const { pages } = this.records;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const start = starts[i]!;
      ahead[i] = ends[i]! - start <= FETCHED_KEY_BYTES_MAX ? hasher.hash(db, buf, start, ends[i]!) : 0;
    }
    for (let i = 0; i < count; i++) ahead[i] = index.first(ahead[i]!);
    for (let i = 0; i < count; i++) {
      const slot = ahead[i]!;
      if (slot !== 0) sum ^= pages[slot >>> SLOT_SHIFT]![(slot & SLOT_MASK) * ENTRY_WORDS + META]!;
    }
    for (let i = 0; i < count; i++) {
      const slot = ahead[i]!;
      if (slot === 0) continue;
      const page = pages[slot >>> SLOT_SHIFT]!;
      const at = (slot & SLOT_MASK) * ENTRY_WORDS;
      const meta = page[at + META]!;
      const ref = page[at + REF]!;
      sum ^= this.blocks.words(meta, ref)[this.blocks.start(meta, ref) >>> 2]!;
    }
    this.fetched = sum;
  }

  /**
   * An entry for the key last looked for, which had none: indexed, never expiring, with flags as given and room for
   * `blockBytes` after its key.
   */
  protected addEntry(
    db: number,
    key: Bytes,
    valueLength: number,
    type: number,
    flags: number,
    blockBytes: number,
  ): number {
    const keyLength = key.end - key.start;
    if (keyLength > KEY_BYTES_MAX) throw new RangeError('memory: key too long');
    const { records, blocks, hasher } = this;
    const kind = blocks.kindOf(keyLength + blockBytes);
    const slot = records.allocate();
    const ref = this.allocateFor(slot, kind, keyLength + blockBytes);
    const words = blocks.words(kind, ref);
    const start = blocks.start(kind, ref) >>> 2;
    for (let i = 0, count = (keyLength + 3) >>> 2; i < count; i++) words[start + i] = hasher.words[i]!;
    const page = records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    page[at + HASH] = this.lastHash;
    page[at + REF] = ref;
    page[at + META] = keyLength | (db << DB_SHIFT) | ((type & TYPE_MASK) << TYPE_SHIFT) | flags | kind;
    page[at + VLEN] = valueLength;
    records.floats[slot >>> SLOT_SHIFT]![(at + EXPIRES) >>> 1] = NEVER;
    this.index.insert(this.lastHash, slot);
    return slot;
  }

  /** Takes an entry out of index, blocks and records. */
  protected deleteEntry(slot: number): void {
    this.index.remove(this.records.get(slot, HASH), slot);
    this.blocks.free(this.records.get(slot, META), this.records.get(slot, REF));
    this.records.free(slot);
  }

  /** Writes the value behind the key, in another block if this one's size does not fit. Null leaves the key alone. */
  protected writeValue(slot: number, value: Bytes | null): void {
    const { records, blocks } = this;
    const page = records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    const meta = page[at + META]!;
    const keyLength = meta & KEY_LENGTH_MASK;
    const bytes = keyLength + (value === null ? 0 : value.end - value.start);
    if (!blocks.fits(meta, page[at + REF]!, bytes)) this.moveBlock(slot, bytes, value);
    else if (value !== null) {
      const ref = page[at + REF]!;
      copyBytes(value.buf, value.start, value.end, blocks.buffer(meta, ref), blocks.start(meta, ref) + keyLength);
    }
  }

  /** The value may lie in the old block, so that is freed last. */
  private moveBlock(slot: number, bytes: number, value: Bytes | null): void {
    const { records, blocks } = this;
    const meta = records.get(slot, META);
    const from = records.get(slot, REF);
    const keyLength = meta & KEY_LENGTH_MASK;
    const kind = blocks.kindOf(bytes);
    const to = blocks.allocate(kind, bytes, slot);
    const target = blocks.buffer(kind, to);
    const start = blocks.start(kind, to);
    const keyStart = blocks.start(meta, from);
    copyBytes(blocks.buffer(meta, from), keyStart, keyStart + keyLength, target, start);
    if (value !== null) copyBytes(value.buf, value.start, value.end, target, start + keyLength);
    blocks.free(meta, from);
    records.set(slot, REF, to);
    records.set(slot, META, (meta & ~LARGE) | kind);
  }

  private allocateFor(slot: number, kind: number, bytes: number): number {
    try {
      return this.blocks.allocate(kind, bytes, slot);
    } catch (error) {
      this.records.free(slot);
      throw error;
    }
  }

  /** Compares with the key last hashed. */
  private hasKey(meta: number, ref: number, length: number): boolean {
    const words = this.blocks.words(meta, ref);
    const at = this.blocks.start(meta, ref) >>> 2;
    const wanted = this.hasher.words;
    const whole = length >>> 2;
    for (let i = 0; i < whole; i++) if (words[at + i] !== wanted[i]) return false;
    const rest = length & 3;
    return rest === 0 || (words[at + whole]! ^ wanted[whole]!) << (32 - (rest << 3)) === 0;
  }
}

/** Bytes of a value; RangeError beyond VALUE_BYTES_MAX. */
export function checkedLength(value: Bytes): number {
  const length = value.end - value.start;
  if (length > VALUE_BYTES_MAX) throw new RangeError('memory: value too long');
  return length;
}
