import { type Bytes, latin1Of, lengthOf } from '../base/bytes';
import { invariant } from '../base/fault';
import { Collection, TABLE_ENTRY_BYTES, textBytes } from './collection';
import { comesBefore, OrderTree, type Scored } from './order-tree';
import { Cursor, countOf, elementBytes, findElement, HEAD_BYTES, packer } from './packed';
import { Table } from './table';

export const TYPE_ZSET = 3;

const SCORE_BYTES = 8;
/** The object of a member and its number, and its place in a leaf. */
const SCORED_BYTES = 64;
const cursor = new Cursor();

/** Members with scores, in the order of (score, member). */
export class SortedSet extends Collection {
  readonly type = TYPE_ZSET;
  private table: Table<Scored> | null = null;
  private tree: OrderTree | null = null;

  scoreOf(member: Bytes): number | undefined {
    const { packed } = this;
    if (packed === null) return this.scoreOfText(latin1Of(member));
    const at = findElement(packed, member, 1, SCORE_BYTES);
    return at < 0 ? undefined : packed.buf.readDoubleLE(at);
  }

  /** Of an open one. */
  scoreOfText(member: string): number | undefined {
    const place = this.table!.placeOf(member);
    return place < 0 ? undefined : this.table!.valueAt(place).score;
  }

  /** Gives the member this score, which is no NaN. Whether the member is new. */
  put(member: Bytes, given: number): boolean {
    const score = given + 0;
    if (lengthOf(member) > this.limits.zsetValueBytes) this.wide = true;
    const { packed } = this;
    if (packed === null) return this.putText(latin1Of(member), score);
    const at = findElement(packed, member, 1, SCORE_BYTES);
    if (at >= 0 && packed.buf.readDoubleLE(at) === score) return false;
    if (!this.staysPacked(packed, at < 0 ? 1 : 0, at < 0 ? elementBytes(lengthOf(member)) + SCORE_BYTES : 0))
      return this.putText(latin1Of(member), score);
    this.changed = true;
    this.putPacked(packed, at, member, score);
    return at < 0;
  }

  /** Of an open one. */
  putText(member: string, given: number): boolean {
    // No -0: it is equal to 0, and would be shown otherwise.
    const score = given + 0;
    const table = this.table!;
    const place = table.placeOf(member);
    if (place >= 0) {
      const old = table.valueAt(place);
      if (old.score === score) return false;
      this.changed = true;
      this.tree!.delete(old);
      const moved = { member, score };
      this.tree!.insert(moved);
      table.setAt(place, moved);
      return false;
    }
    this.changed = true;
    const item = { member, score };
    table.add(member, item);
    this.tree!.insert(item);
    this.sizeBytes += this.bytesOf(member);
    if (member.length > this.limits.zsetValueBytes || table.length > this.limits.zsetEntries) this.wide = true;
    return true;
  }

  delete(member: Bytes): boolean {
    const { packed } = this;
    if (packed === null) return this.deleteText(latin1Of(member));
    const at = findElement(packed, member, 1, SCORE_BYTES);
    if (at < 0) return false;
    this.changed = true;
    packer.begin();
    packer.raw(packed.buf, packed.start + HEAD_BYTES, at);
    packer.raw(packed.buf, cursor.read(packed.buf, at + SCORE_BYTES).end, packed.end);
    this.packed = packer.done(countOf(packed) - 1, this.wide);
    return true;
  }

  /** Of an open one. */
  deleteText(member: string): boolean {
    const table = this.table!;
    const place = table.placeOf(member);
    if (place < 0) return false;
    this.changed = true;
    this.tree!.delete(table.valueAt(place));
    table.deleteAt(place);
    this.sizeBytes -= this.bytesOf(member);
    return true;
  }

  // --- by order: of an open one ----------------------------------------------------------------------------------------

  countBefore(isBefore: (item: Scored) => boolean): number {
    return this.tree!.countBefore(isBefore);
  }

  /** -1 if it is no member. */
  rankOf(member: string): number {
    const place = this.table!.placeOf(member);
    if (place < 0) return -1;
    const item = this.table!.valueAt(place);
    return this.tree!.countBefore((other) => comesBefore(other, item));
  }

  atRank(rank: number): Scored {
    return this.tree!.at(rank);
  }

  /** Visits `count` from `rank` on, upwards or downwards. */
  range(rank: number, count: number, isDown: boolean, visit: (item: Scored) => void): void {
    this.tree!.each(rank, count, isDown, visit);
  }

  // --- all of them -----------------------------------------------------------------------------------------------------

  each(visit: (member: string, score: number) => void): void {
    const { packed } = this;
    if (packed === null) this.tree!.each(0, this.tree!.length, false, (item) => visit(item.member, item.score));
    else eachPacked(packed, visit);
  }

  /** See Table.scan; a packed one is visited whole. */
  scan(from: number, count: number, visit: (member: string, score: number) => void): number {
    if (this.packed === null) return this.table!.scan(from, count, (member, { score }) => visit(member, score));
    this.each(visit);
    return 0;
  }

  get encoding(): string {
    return this.wide || this.length > this.limits.zsetEntries ? 'skiplist' : 'listpack';
  }

  encode(): Bytes {
    if (this.packed !== null) return this.packed;
    packer.begin();
    this.each((member, score) => {
      packer.score(score);
      packer.text(member);
    });
    return packer.done(this.openLength, this.wide);
  }

  audit(): void {
    if (this.packed !== null) return;
    this.tree!.audit();
    let bytes = 0;
    this.each((member, score) => {
      bytes += this.bytesOf(member);
      invariant(this.scoreOfText(member) === score, 'sorted set: table and tree disagree');
    });
    invariant(this.tree!.length === this.table!.length, 'sorted set: table and tree disagree');
    invariant(bytes === this.sizeBytes, `sorted set: ${bytes} bytes are counted as ${this.sizeBytes}`);
  }

  protected get openLength(): number {
    return this.table!.length;
  }

  protected mayPack(count: number): boolean {
    return count <= this.limits.zsetEntries;
  }

  protected unpack(packed: Bytes): void {
    this.table = new Table();
    this.tree = new OrderTree();
    eachPacked(packed, (member, score) => {
      const item = { member, score };
      this.table!.add(member, item);
      this.tree!.insert(item);
      this.sizeBytes += this.bytesOf(member);
    });
  }

  protected from(packed: Bytes): SortedSet {
    return new SortedSet(this.limits, packed);
  }

  protected copyOpen(): SortedSet {
    const copy = new SortedSet(this.limits).open();
    this.each((member, score) => copy.putText(member, score));
    copy.wide = this.wide;
    return copy;
  }

  /** `at` is where the member is now, or negative. */
  private putPacked(packed: Bytes, at: number, member: Bytes, score: number): void {
    const { buf } = packed;
    const begin = packed.start + HEAD_BYTES;
    const after = at < 0 ? -1 : cursor.read(buf, at + SCORE_BYTES).end;
    const place = placeFor(packed, at, member, score);
    packer.begin();
    rawWithout(buf, begin, place, at, after);
    packer.score(score);
    packer.bytes(member);
    rawWithout(buf, place, packed.end, at, after);
    this.packed = packer.done(countOf(packed) + (at < 0 ? 1 : 0), this.wide);
  }

  private bytesOf(member: string): number {
    return TABLE_ENTRY_BYTES + SCORED_BYTES + textBytes(member.length);
  }
}

function eachPacked(packed: Bytes, visit: (member: string, score: number) => void): void {
  const { buf, end } = packed;
  for (let at = packed.start + HEAD_BYTES; at < end; ) {
    const score = buf.readDoubleLE(at);
    const member = cursor.read(buf, at + SCORE_BYTES).text(buf);
    at = cursor.end;
    visit(member, score);
  }
}

/** Bytes from `start` to `end`, but not those from `at` to `after`. */
function rawWithout(buf: Buffer, start: number, end: number, at: number, after: number): void {
  if (at < start || at >= end) packer.raw(buf, start, end);
  else {
    packer.raw(buf, start, at);
    packer.raw(buf, after, end);
  }
}

/** Where a member of this score belongs; `self` is where it is now. */
function placeFor(packed: Bytes, self: number, member: Bytes, score: number): number {
  const { buf, end } = packed;
  let at = packed.start + HEAD_BYTES;
  while (at < end) {
    const other = buf.readDoubleLE(at);
    cursor.read(buf, at + SCORE_BYTES);
    if (at !== self) {
      if (other > score) return at;
      if (other === score && member.buf.compare(buf, cursor.at, cursor.end, member.start, member.end) < 0) return at;
    }
    at = cursor.end;
  }
  return at;
}
