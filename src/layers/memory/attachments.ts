import type { Bytes } from '../../base/bytes';
import { invariant } from '../../base/fault';

/** A value that is an object beside the layer, not bytes in it: a large collection. */
export interface Attachment {
  /** What it is charged for. */
  readonly sizeBytes: number;
  /** As bytes that can be made such an object again; good until two more are asked for. */
  encode(): Bytes;
  /** One of its own, for another entry. */
  clone(): Attachment;
  /** Throws if its insides disagree. */
  audit(): void;
}

/**
 * The objects that are the values of some entries, by slot. Such an entry is resident, its type is not that of strings and
 * its own value is empty. An object leaves with its entry's value, whatever takes that away. Not bounded by a number: each is
 * charged to maxmemory.
 */
export class Attachments<T extends Attachment = Attachment> {
  /** Bytes of all objects. */
  usedBytes = 0;
  private readonly bySlot = new Map<number, T>();

  get size(): number {
    return this.bySlot.size;
  }

  get(slot: number): T | undefined {
    return this.bySlot.get(slot);
  }

  add(slot: number, object: T): void {
    this.drop(slot);
    this.bySlot.set(slot, object);
    this.usedBytes += object.sizeBytes;
  }

  /** An object that is here has grown (or, negative, shrunk) by so many bytes. */
  resized(bytes: number): void {
    this.usedBytes += bytes;
  }

  drop(slot: number): void {
    const object = this.bySlot.get(slot);
    if (object === undefined) return;
    this.bySlot.delete(slot);
    this.usedBytes -= object.sizeBytes;
  }

  sizeOf(slot: number): number {
    return this.bySlot.get(slot)?.sizeBytes ?? 0;
  }

  audit(isPlace: (slot: number) => boolean): void {
    let bytes = 0;
    for (const [slot, object] of this.bySlot) {
      invariant(isPlace(slot), `entry ${slot} has an object, but no place for it`);
      object.audit();
      bytes += object.sizeBytes;
    }
    invariant(bytes === this.usedBytes, 'bytes of objects are counted wrong');
  }
}
