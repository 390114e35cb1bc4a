import { type Bytes, copyOf, Span } from '../base/bytes';
import { PACKED_BYTES_MAX, type TypeLimits } from './limits';
import { countOf, isWide, PACKED_EMPTY } from './packed';

/** A string in the heap: its head, and its characters in steps of 8. */
export function textBytes(length: number): number {
  return 16 + ((length + 7) & ~7);
}

/** What a name costs in a `Table` beside its characters: its place in a Map, two places in arrays. */
export const TABLE_ENTRY_BYTES = 64;

/**
 * A hash, set, sorted set or list, either packed or open (README). Whoever changed it looks at `changed`, and stores it
 * again: `packed` when that is not null, otherwise the object itself.
 */
export abstract class Collection {
  abstract readonly type: number;
  /** Null while it is open. */
  packed: Bytes | null;
  /** Since it was read. */
  changed = false;
  /** It is, or once was, more than what Redis packs. */
  wide: boolean;
  /** What it is charged for while it is open. */
  sizeBytes = 0;

  constructor(
    readonly limits: TypeLimits,
    packed: Bytes = PACKED_EMPTY,
  ) {
    this.packed = packed;
    this.wide = isWide(packed);
  }

  /** Elements. */
  get length(): number {
    return this.packed === null ? this.openLength : countOf(this.packed);
  }

  get isEmpty(): boolean {
    return this.length === 0;
  }

  protected abstract get openLength(): number;
  /** Makes structures of packed bytes. */
  protected abstract unpack(packed: Bytes): void;
  /** The structures as packed bytes, good until two more collections are packed. */
  abstract encode(): Bytes;
  protected abstract copyOpen(): Collection;
  /** Throws if `sizeBytes` or the structures disagree; for tests. */
  abstract audit(): void;
  /** As OBJECT ENCODING has it. */
  abstract get encoding(): string;
  /** Whether so many elements may be packed. */
  protected abstract mayPack(count: number): boolean;

  /** Now open, if it was not. */
  open(): this {
    const { packed } = this;
    if (packed === null) return this;
    this.packed = null;
    this.sizeBytes = 0;
    this.unpack(packed);
    return this;
  }

  /** Packs it if it is small enough; whether it is packed now. */
  settle(): boolean {
    if (this.packed !== null) return true;
    if (!this.mayPack(this.openLength) || this.sizeBytes > 2 * PACKED_BYTES_MAX) return false;
    const bytes = this.encode();
    if (bytes.end - bytes.start > PACKED_BYTES_MAX) return false;
    this.packed = bytes;
    return true;
  }

  /** It is packed, but larger than what is: bytes that come from disk. */
  get isOverPacked(): boolean {
    const { packed } = this;
    if (packed === null) return false;
    return packed.end - packed.start > PACKED_BYTES_MAX || !this.mayPack(countOf(packed));
  }

  /** One that stays as it is when the memory behind this one is used otherwise. */
  clone(): Collection {
    return this.packed === null ? this.copyOpen() : this.from(new Span(copyOf(this.packed)));
  }

  protected abstract from(packed: Bytes): Collection;

  /** For an edit of packed bytes: opens them if they would become too large. True if they are still packed. */
  protected staysPacked(packed: Bytes, addedElements: number, addedBytes: number): boolean {
    if (this.mayPack(countOf(packed) + addedElements) && packed.end - packed.start + addedBytes <= PACKED_BYTES_MAX)
      return true;
    this.open();
    return false;
  }
}
