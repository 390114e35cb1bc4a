import { latin1Of, lengthOf, Span } from '../../base/bytes';
import { ON_DISK } from '../../layers/memory/record';
import type { Core } from '../core';

/** Entries, where they rest, what they take, and what loading them again will take. */
export class Tally {
  entries = 0;
  memory = 0;
  disk = 0;
  /** In memory, and of keys and values on disk. */
  bytes = 0;
  /** From the mean load time of each key's template; nothing for keys without a loader. */
  reloadUs = 0;
  private readonly key = new Span(Buffer.alloc(0));

  /** To be called while the entry is whole. */
  add(core: Core, slot: number): void {
    const { memory, families } = core;
    this.entries++;
    this.bytes += memory.bytesOf(slot);
    if (core.isResident(slot)) this.memory++;
    memory.keyView(slot, this.key);
    if (memory.flag(slot, ON_DISK)) {
      this.disk++;
      this.bytes += lengthOf(this.key) + memory.valueLength(slot);
    }
    const family = families.any ? families.match(latin1Of(this.key)) : null;
    if (family !== null && family.load !== null) this.reloadUs += core.costs.meanUsOf(family.name);
  }

  /** As if of `entries` entries those seen were a fair sample. */
  scaledTo(entries: number): Tally {
    const scale = this.entries === 0 ? 0 : entries / this.entries;
    const scaled = new Tally();
    scaled.entries = entries;
    for (const name of ['memory', 'disk', 'bytes', 'reloadUs'] as const) scaled[name] = Math.round(this[name] * scale);
    return scaled;
  }

  plus(other: Tally): Tally {
    const sum = new Tally();
    for (const name of ['entries', 'memory', 'disk', 'bytes', 'reloadUs'] as const)
      sum[name] = this[name] + other[name];
    return sum;
  }
}
