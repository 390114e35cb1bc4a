import type { Span } from '../../base/bytes';
import { SLOT_MASK, SLOT_SHIFT, Slab } from '../../base/offheap/slab';
import { type Attachment, Attachments } from './attachments';
import { Blocks } from './blocks';
import {
  DB_MASK,
  DB_SHIFT,
  ENTRY_WORDS,
  EPOCH,
  EXPIRES,
  HASH,
  HEAT,
  HITS_BITS,
  HITS_MAX,
  IDLE_SECONDS_MASK,
  KEY_LENGTH_MASK,
  META,
  REF,
  RESIDENT,
  TIE,
  TIMER,
  TYPE_MASK,
  TYPE_SHIFT,
  VLEN,
} from './record';

const INDEX_BYTES_PER_ENTRY = 4;
const TIMER_BYTES = 16;

/** What can be read of an entry, and the words that mean something to the engine only. */
export class Entries {
  readonly records = new Slab(ENTRY_WORDS);
  readonly blocks = new Blocks();
  /** Values that are objects; their own bytes here are none. */
  readonly attachments = new Attachments<Attachment>();
  /** Seconds of `secondsAtMs`, so that a use is counted without a division. */
  private seconds = 0;
  private secondsAtMs = -1;

  /** Not expired. Whether it is invalidated is for the engine to say. */
  isLive(slot: number, nowMs: number): boolean {
    return this.records.floats[slot >>> SLOT_SHIFT]![((slot & SLOT_MASK) * ENTRY_WORDS + EXPIRES) >>> 1]! > nowMs;
  }

  /** Points the span at the value; false, and the span as it was, if the entry is a stub. */
  view(slot: number, span: Span): boolean {
    const page = this.records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    const meta = page[at + META]!;
    if ((meta & RESIDENT) === 0) return false;
    const ref = page[at + REF]!;
    const start = this.blocks.start(meta, ref) + (meta & KEY_LENGTH_MASK);
    span.buf = this.blocks.buffer(meta, ref);
    span.start = start;
    span.end = start + page[at + VLEN]!;
    return true;
  }

  /** Of database and key: what `Directory.hashKey` says of them. */
  hashOf(slot: number): number {
    return this.records.get(slot, HASH);
  }

  keyView(slot: number, span: Span): Span {
    const meta = this.records.get(slot, META);
    const ref = this.records.get(slot, REF);
    const start = this.blocks.start(meta, ref);
    return span.point(this.blocks.buffer(meta, ref), start, start + (meta & KEY_LENGTH_MASK));
  }

  /** Clock milliseconds, or NEVER. */
  expiresAt(slot: number): number {
    return this.records.getFloat(slot, EXPIRES);
  }

  dbOf(slot: number): number {
    return (this.records.get(slot, META) >>> DB_SHIFT) & DB_MASK;
  }

  typeOf(slot: number): number {
    return (this.records.get(slot, META) >>> TYPE_SHIFT) & TYPE_MASK;
  }

  /** Bytes of the value, also of a stub's; what it is charged for where it is an object. */
  valueLength(slot: number): number {
    return this.records.get(slot, VLEN) || this.attachments.sizeOf(slot);
  }

  isResident(slot: number): boolean {
    return this.flag(slot, RESIDENT);
  }

  /** ON_DISK, DIRTY, BOUND or MARK (record.ts). */
  flag(slot: number, flag: number): boolean {
    return (this.records.get(slot, META) & flag) !== 0;
  }

  /** Only ON_DISK, DIRTY, BOUND or MARK: the others say how things are. */
  setFlag(slot: number, flag: number, on: boolean): void {
    const meta = this.records.get(slot, META);
    this.records.set(slot, META, on ? meta | flag : meta & ~flag);
  }

  /** The engine's word: 0 until it is set, and kept until the entry is removed. */
  tie(slot: number): number {
    return this.records.get(slot, TIE);
  }

  setTie(slot: number, tie: number): void {
    this.records.set(slot, TIE, tie);
  }

  /** The engine's epoch when the making of the value began. */
  fillEpoch(slot: number): number {
    return this.records.getFloat(slot, EPOCH);
  }

  setFillEpoch(slot: number, epoch: number): void {
    this.records.setFloat(slot, EPOCH, epoch);
  }

  /** Uses counted by `touch`, up to 4095. */
  hits(slot: number): number {
    return this.records.get(slot, HEAT) & HITS_MAX;
  }

  /** Since it was stored or touched; counts up to 12 days, then anew. */
  idleSeconds(slot: number, nowMs: number): number {
    return (this.secondsOf(nowMs) - (this.records.get(slot, HEAT) >>> HITS_BITS)) & IDLE_SECONDS_MASK;
  }

  /** Everything the entry costs: block, record, its part of the index, timer. */
  bytesOf(slot: number): number {
    const block = this.blocks.bytesOf(this.records.get(slot, META), this.records.get(slot, REF));
    const timer = this.records.get(slot, TIMER) === 0 ? 0 : TIMER_BYTES;
    return block + ENTRY_WORDS * 4 + INDEX_BYTES_PER_ENTRY + timer + this.attachments.sizeOf(slot);
  }

  protected secondsOf(nowMs: number): number {
    if (nowMs !== this.secondsAtMs) {
      this.secondsAtMs = nowMs;
      this.seconds = Math.floor(nowMs / 1000) & IDLE_SECONDS_MASK;
    }
    return this.seconds;
  }
}
