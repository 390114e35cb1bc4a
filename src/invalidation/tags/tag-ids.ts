import { Fault } from '../../base/fault';
import type { TagLimits } from '../limits';
import type { TagName, TagTable } from './tag-table';

/** A set of tags under construction: records in ascending order, in a buffer that every call reuses. */
export class TagIds {
  ids = new Int32Array(256);
  count = 0;

  constructor(
    private readonly table: TagTable,
    private readonly limits: TagLimits,
  ) {}

  /** Throws Fault if an entry may not carry these tags. */
  check(tags: readonly TagName[]): void {
    const { tagsPerEntryMax } = this.limits;
    if (tags.length > tagsPerEntryMax)
      throw new Fault(`ERR too many tags (limit tags-per-entry-max ${tagsPerEntryMax})`);
    for (const tag of tags) this.table.checkLength(tag);
  }

  /** Makes room and starts anew with `count` tags that the caller fills in, ascending. */
  begin(count: number): Int32Array {
    this.grow(count);
    this.count = count;
    return this.ids;
  }

  /** Takes tags out. */
  without(tags: readonly TagName[], spared: boolean): void {
    const { ids, table } = this;
    for (const tag of tags) {
      const id = table.find(tag);
      const at = ids.subarray(0, this.count).indexOf(spared ? table.twinOf(id) : id);
      if (at === -1) continue;
      ids.copyWithin(at, at + 1, this.count);
      this.count--;
    }
  }

  /**
   * Adds tags (their twins, for a member that soft invalidations spare), whose records are made if need be. Throws Fault if
   * there are too many; no record was made then.
   */
  add(tags: readonly TagName[], spared: boolean): void {
    this.grow(this.count + tags.length);
    const { ids, table } = this;
    for (const tag of tags) {
      const id = spared ? table.internTwin(tag) : table.intern(tag);
      if (id === 0) this.giveBack(`ERR too many tags (limit tags-max ${this.limits.tagsMax})`);
      ids[this.count++] = id;
    }
    this.count = sortDistinct(ids, this.count);
    const { tagsPerEntryMax } = this.limits;
    if (this.count > tagsPerEntryMax) this.giveBack(`ERR too many tags (limit tags-per-entry-max ${tagsPerEntryMax})`);
  }

  private giveBack(reply: string): never {
    for (let i = 0; i < this.count; i++) this.table.discard(this.ids[i]!);
    throw new Fault(reply);
  }

  private grow(count: number): void {
    if (count <= this.ids.length) return;
    const grown = new Int32Array(count * 2);
    grown.set(this.ids);
    this.ids = grown;
  }
}

/** Sorts the first `count` and drops repeats; how many are left. */
function sortDistinct(ids: Int32Array, count: number): number {
  if (count > 32) ids.subarray(0, count).sort();
  else insertionSort(ids, count);
  let distinct = 0;
  for (let i = 0; i < count; i++) if (i === 0 || ids[i] !== ids[distinct - 1]) ids[distinct++] = ids[i]!;
  return distinct;
}

function insertionSort(ids: Int32Array, count: number): void {
  for (let i = 1; i < count; i++) {
    const id = ids[i]!;
    let at = i;
    for (; at > 0 && ids[at - 1]! > id; at--) ids[at] = ids[at - 1]!;
    ids[at] = id;
  }
}
