import { type Bytes, bytesOf, latin1Of, lengthOf } from '../base/bytes';
import { invariant } from '../base/fault';
import { Collection, TABLE_ENTRY_BYTES, textBytes } from './collection';
import { PACKED_ELEMENTS_MAX } from './limits';
import { isInteger } from './numbers';
import { Cursor, countOf, elementBytes, findElement, HEAD_BYTES, packer } from './packed';
import { Table } from './table';

export const TYPE_SET = 2;

const cursor = new Cursor();

/** Members, each once. */
export class MemberSet extends Collection {
  readonly type = TYPE_SET;
  private table: Table<undefined> | null = null;
  private listed: string[] | null = null;

  has(member: Bytes): boolean {
    const { packed } = this;
    if (packed === null) return this.table!.placeOf(latin1Of(member)) >= 0;
    return findElement(packed, member, 1) >= 0;
  }

  /** Of an open one. */
  hasText(member: string): boolean {
    return this.table!.placeOf(member) >= 0;
  }

  /** Whether the member is new. */
  add(member: Bytes): boolean {
    const { packed } = this;
    if (packed === null) return this.addOpen(latin1Of(member), member);
    if (findElement(packed, member, 1) >= 0) return false;
    if (!this.staysPacked(packed, 1, elementBytes(lengthOf(member)))) return this.addOpen(latin1Of(member), member);
    this.changed = true;
    if (!this.wide && !isInteger(member)) this.wide = true;
    packer.begin();
    packer.raw(packed.buf, packed.start + HEAD_BYTES, packed.end);
    packer.bytes(member);
    this.packed = packer.done(countOf(packed) + 1, this.wide);
    return true;
  }

  delete(member: Bytes): boolean {
    const { packed } = this;
    if (packed === null) return this.deleteText(latin1Of(member));
    const at = findElement(packed, member, 1);
    if (at < 0) return false;
    this.changed = true;
    this.listed = null;
    packer.begin();
    packer.raw(packed.buf, packed.start + HEAD_BYTES, at);
    packer.raw(packed.buf, cursor.read(packed.buf, at).end, packed.end);
    this.packed = packer.done(countOf(packed) - 1, this.wide);
    return true;
  }

  /** Of an open one. */
  deleteText(member: string): boolean {
    const table = this.table!;
    const place = table.placeOf(member);
    if (place < 0) return false;
    this.changed = true;
    this.sizeBytes -= this.bytesOf(member);
    table.deleteAt(place);
    return true;
  }

  each(visit: (member: string) => void): void {
    const { packed, table } = this;
    if (packed === null) {
      for (let i = 0; i < table!.length; i++) visit(table!.nameAt(i));
      return;
    }
    const { buf, end } = packed;
    for (let at = packed.start + HEAD_BYTES; at < end; ) {
      const member = cursor.read(buf, at).text(buf);
      at = cursor.end;
      visit(member);
    }
  }

  /** The member of a place, from 0 to length - 1; places change with every change. */
  at(place: number): string {
    if (this.packed === null) return this.table!.nameAt(place);
    this.listed ??= this.list();
    return this.listed[place]!;
  }

  /** See Table.scan; a packed one is visited whole. */
  scan(from: number, count: number, visit: (member: string, value: undefined) => void): number {
    if (this.packed === null) return this.table!.scan(from, count, visit);
    this.each((member) => visit(member, undefined));
    return 0;
  }

  get encoding(): string {
    return this.wide || this.length > this.limits.intsetEntries ? 'hashtable' : 'intset';
  }

  encode(): Bytes {
    if (this.packed !== null) return this.packed;
    packer.begin();
    this.each((member) => packer.text(member));
    return packer.done(this.openLength, this.wide);
  }

  audit(): void {
    if (this.packed !== null) return;
    let bytes = 0;
    this.each((member) => {
      bytes += this.bytesOf(member);
      invariant(this.hasText(member), 'set: a member is not found');
    });
    invariant(bytes === this.sizeBytes, `set: ${bytes} bytes are counted as ${this.sizeBytes}`);
  }

  protected get openLength(): number {
    return this.table!.length;
  }

  protected mayPack(count: number): boolean {
    return count <= PACKED_ELEMENTS_MAX;
  }

  protected unpack(packed: Bytes): void {
    this.table = new Table();
    const { buf, end } = packed;
    for (let at = packed.start + HEAD_BYTES; at < end; ) {
      const member = cursor.read(buf, at).text(buf);
      at = cursor.end;
      this.table.add(member, undefined);
      this.sizeBytes += this.bytesOf(member);
    }
  }

  protected from(packed: Bytes): MemberSet {
    return new MemberSet(this.limits, packed);
  }

  protected copyOpen(): MemberSet {
    const copy = new MemberSet(this.limits).open();
    this.each((member) => {
      copy.table!.add(member, undefined);
      copy.sizeBytes += this.bytesOf(member);
    });
    copy.wide = this.wide;
    return copy;
  }

  /** Of an open one. */
  addText(member: string): boolean {
    return this.addOpen(member, this.wide ? null : bytesOf(member));
  }

  private addOpen(member: string, bytes: Bytes | null): boolean {
    const table = this.table!;
    if (table.placeOf(member) >= 0) return false;
    this.changed = true;
    table.add(member, undefined);
    this.sizeBytes += this.bytesOf(member);
    if (bytes !== null && !this.wide) this.wide = table.length > this.limits.intsetEntries || !isInteger(bytes);
    return true;
  }

  private bytesOf(member: string): number {
    return TABLE_ENTRY_BYTES + textBytes(member.length);
  }

  private list(): string[] {
    const all: string[] = [];
    this.each((member) => all.push(member));
    return all;
  }
}
