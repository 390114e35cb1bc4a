import { type Bytes, latin1Of, lengthOf, Span } from '../base/bytes';
import { invariant } from '../base/fault';
import { Collection, TABLE_ENTRY_BYTES, textBytes } from './collection';
import { Cursor, countOf, elementBytes, findElement, HEAD_BYTES, packer } from './packed';
import { Table } from './table';

export const TYPE_HASH = 1;

const cursor = new Cursor();

/** Fields with their values. */
export class Hash extends Collection {
  readonly type = TYPE_HASH;
  private table: Table<string> | null = null;
  private listed: string[] | null = null;

  /** A view when it is packed, a text when it is open. */
  get(field: Bytes): Bytes | string | null {
    const { packed } = this;
    if (packed === null) {
      const place = this.table!.placeOf(latin1Of(field));
      return place < 0 ? null : this.table!.valueAt(place);
    }
    const at = findElement(packed, field, 2);
    if (at < 0) return null;
    cursor.read(packed.buf, cursor.read(packed.buf, at).end);
    return new Span(packed.buf, cursor.at, cursor.end);
  }

  /** Whether the field is new. */
  set(field: Bytes, value: Bytes): boolean {
    this.changed = true;
    if (Math.max(lengthOf(field), lengthOf(value)) > this.limits.hashValueBytes) this.wide = true;
    const { packed } = this;
    const added = elementBytes(lengthOf(field)) + elementBytes(lengthOf(value));
    if (packed === null || (!this.mayPack(countOf(packed)) && this.open()))
      return this.setOpen(latin1Of(field), latin1Of(value));
    const at = findElement(packed, field, 2);
    if (!this.staysPacked(packed, at < 0 ? 1 : 0, added)) return this.setOpen(latin1Of(field), latin1Of(value));
    const { buf, start, end } = packed;
    packer.begin();
    if (at < 0) {
      packer.raw(buf, start + HEAD_BYTES, end);
      packer.bytes(field);
      packer.bytes(value);
    } else {
      const valueAt = cursor.read(buf, at).end;
      const rest = cursor.read(buf, valueAt).end;
      packer.raw(buf, start + HEAD_BYTES, valueAt);
      packer.bytes(value);
      packer.raw(buf, rest, end);
    }
    this.packed = packer.done(countOf(packed) + (at < 0 ? 1 : 0), this.wide);
    return at < 0;
  }

  delete(field: Bytes): boolean {
    const { packed } = this;
    if (packed === null) return this.deleteOpen(latin1Of(field));
    const at = findElement(packed, field, 2);
    if (at < 0) return false;
    this.changed = true;
    const { buf, start, end } = packed;
    const rest = cursor.read(buf, cursor.read(buf, at).end).end;
    packer.begin();
    packer.raw(buf, start + HEAD_BYTES, at);
    packer.raw(buf, rest, end);
    this.packed = packer.done(countOf(packed) - 1, this.wide);
    return true;
  }

  each(visit: (field: string, value: string) => void): void {
    const { packed, table } = this;
    if (packed === null) {
      for (let i = 0; i < table!.length; i++) visit(table!.nameAt(i), table!.valueAt(i));
      return;
    }
    const { buf, end } = packed;
    for (let at = packed.start + HEAD_BYTES; at < end; ) {
      const field = cursor.read(buf, at).text(buf);
      const value = cursor.read(buf, cursor.end).text(buf);
      at = cursor.end;
      visit(field, value);
    }
  }

  /** Field and value of a place, from 0 to length - 1; places change with every change. */
  at(place: number): readonly [field: string, value: string] {
    if (this.packed === null) return [this.table!.nameAt(place), this.table!.valueAt(place)];
    this.listed ??= this.list();
    return [this.listed[2 * place]!, this.listed[2 * place + 1]!];
  }

  /** See Table.scan; a packed one is visited whole. */
  scan(from: number, count: number, visit: (field: string, value: string) => void): number {
    if (this.packed === null) return this.table!.scan(from, count, visit);
    this.each(visit);
    return 0;
  }

  get encoding(): string {
    return this.wide || this.length > this.limits.hashEntries ? 'hashtable' : 'listpack';
  }

  encode(): Bytes {
    if (this.packed !== null) return this.packed;
    packer.begin();
    this.each((field, value) => {
      packer.text(field);
      packer.text(value);
    });
    return packer.done(this.openLength, this.wide);
  }

  audit(): void {
    if (this.packed !== null) return;
    let bytes = 0;
    this.each((field, value) => {
      bytes += this.bytesOf(field, value);
      invariant(this.table!.placeOf(field) >= 0, 'hash: a field is not found');
    });
    invariant(bytes === this.sizeBytes, `hash: ${bytes} bytes are counted as ${this.sizeBytes}`);
  }

  protected get openLength(): number {
    return this.table!.length;
  }

  protected mayPack(count: number): boolean {
    return count <= this.limits.hashEntries;
  }

  protected unpack(packed: Bytes): void {
    this.table = new Table();
    const { buf, end } = packed;
    for (let at = packed.start + HEAD_BYTES; at < end; ) {
      const field = cursor.read(buf, at).text(buf);
      const value = cursor.read(buf, cursor.end).text(buf);
      at = cursor.end;
      this.table.add(field, value);
      this.sizeBytes += this.bytesOf(field, value);
    }
  }

  protected from(packed: Bytes): Hash {
    return new Hash(this.limits, packed);
  }

  protected copyOpen(): Hash {
    const copy = new Hash(this.limits).open();
    this.each((field, value) => copy.setOpen(field, value));
    copy.wide = this.wide;
    return copy;
  }

  private setOpen(field: string, value: string): boolean {
    const table = this.table!;
    const place = table.placeOf(field);
    if (place >= 0) {
      this.sizeBytes += textBytes(value.length) - textBytes(table.valueAt(place).length);
      table.setAt(place, value);
      return false;
    }
    table.add(field, value);
    this.sizeBytes += this.bytesOf(field, value);
    if (table.length > this.limits.hashEntries) this.wide = true;
    return true;
  }

  private deleteOpen(field: string): boolean {
    const table = this.table!;
    const place = table.placeOf(field);
    if (place < 0) return false;
    this.changed = true;
    this.sizeBytes -= this.bytesOf(field, table.valueAt(place));
    table.deleteAt(place);
    return true;
  }

  private bytesOf(field: string, value: string): number {
    return TABLE_ENTRY_BYTES + textBytes(field.length) + textBytes(value.length);
  }

  private list(): string[] {
    const all: string[] = [];
    this.each((field, value) => all.push(field, value));
    return all;
  }
}
