import { type Bytes, latin1Of, lengthOf } from '../base/bytes';
import { invariant } from '../base/fault';
import { Collection, textBytes } from './collection';
import { Deque } from './deque';
import { PACKED_ELEMENTS_MAX } from './limits';
import { Cursor, countOf, elementBytes, HEAD_BYTES, packer } from './packed';

export const TYPE_LIST = 4;

/** An element's place in its array. */
const PLACE_BYTES = 8;
const cursor = new Cursor();

export type End = 'left' | 'right';

/** Elements in a row. All but `push` and `pop` are for an open one. */
export class List extends Collection {
  readonly type = TYPE_LIST;
  private deque: Deque | null = null;

  push(end: End, element: Bytes): void {
    this.changed = true;
    const { packed } = this;
    if (packed === null || !this.staysPacked(packed, 1, elementBytes(lengthOf(element)))) {
      this.pushText(end, latin1Of(element));
      return;
    }
    packer.begin();
    if (end === 'left') packer.bytes(element);
    packer.raw(packed.buf, packed.start + HEAD_BYTES, packed.end);
    if (end === 'right') packer.bytes(element);
    this.packed = packer.done(countOf(packed) + 1, this.wide);
  }

  pushText(end: End, element: string): void {
    this.changed = true;
    if (end === 'left') this.deque!.unshift(element);
    else this.deque!.push(element);
    this.sizeBytes += this.bytesOf(element);
  }

  /** Of one that is not empty. */
  pop(end: End): string {
    this.changed = true;
    const { packed } = this;
    if (packed !== null) return this.popPacked(packed, end);
    const element = end === 'left' ? this.deque!.shift() : this.deque!.pop();
    this.sizeBytes -= this.bytesOf(element);
    return element;
  }

  at(index: number): string {
    return this.deque!.at(index);
  }

  set(index: number, element: string): void {
    this.changed = true;
    this.sizeBytes += this.bytesOf(element) - this.bytesOf(this.deque!.at(index));
    this.deque!.set(index, element);
  }

  insert(index: number, element: string): void {
    this.changed = true;
    this.deque!.insert(index, element);
    this.sizeBytes += this.bytesOf(element);
  }

  deleteAt(index: number): void {
    this.changed = true;
    this.sizeBytes -= this.bytesOf(this.deque!.at(index));
    this.deque!.deleteAt(index);
  }

  /** Visits from `index` on, forwards or backwards, until `visit` says false. */
  walk(index: number, isDown: boolean, visit: (element: string, index: number) => boolean): void {
    this.deque!.each(index, isDown, visit);
  }

  get encoding(): string {
    return 'quicklist';
  }

  encode(): Bytes {
    if (this.packed !== null) return this.packed;
    packer.begin();
    this.deque!.each(0, false, (element) => {
      packer.text(element);
      return true;
    });
    return packer.done(this.openLength, this.wide);
  }

  audit(): void {
    if (this.packed !== null) return;
    let bytes = 0;
    let count = 0;
    this.deque!.each(0, false, (element) => {
      bytes += this.bytesOf(element);
      count++;
      return true;
    });
    invariant(bytes === this.sizeBytes, `list: ${bytes} bytes are counted as ${this.sizeBytes}`);
    invariant(count === this.openLength, 'list: elements are counted wrong');
  }

  protected get openLength(): number {
    return this.deque!.length;
  }

  protected mayPack(count: number): boolean {
    return count <= PACKED_ELEMENTS_MAX;
  }

  protected unpack(packed: Bytes): void {
    this.deque = new Deque();
    const { buf, end } = packed;
    for (let at = packed.start + HEAD_BYTES; at < end; at = cursor.end) {
      const element = cursor.read(buf, at).text(buf);
      this.deque.push(element);
      this.sizeBytes += this.bytesOf(element);
    }
  }

  protected from(packed: Bytes): List {
    return new List(this.limits, packed);
  }

  protected copyOpen(): List {
    const copy = new List(this.limits).open();
    this.deque!.each(0, false, (element) => {
      copy.pushText('right', element);
      return true;
    });
    return copy;
  }

  private popPacked(packed: Bytes, end: End): string {
    const { buf } = packed;
    const begin = packed.start + HEAD_BYTES;
    let at = begin;
    cursor.read(buf, at);
    while (end === 'right' && cursor.end < packed.end) {
      at = cursor.end;
      cursor.read(buf, at);
    }
    const element = cursor.text(buf);
    const rest = cursor.end;
    packer.begin();
    packer.raw(buf, begin, at);
    packer.raw(buf, rest, packed.end);
    this.packed = packer.done(countOf(packed) - 1, this.wide);
    return element;
  }

  private bytesOf(element: string): number {
    return PLACE_BYTES + textBytes(element.length);
  }
}
