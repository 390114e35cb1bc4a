import { ShardedMap } from '../base/sharded-map';

/** Is told once that a key it follows changed or went; then it does not follow the key any more. */
export interface Follower {
  /** `db` as clients SELECT it, `key` latin1. Called in the middle of the change: it may not ask the engine anything. */
  noticed(db: number, key: string): void;
}

/** About what a followed key and each of its followers take in the tables, beside the key's own bytes. */
const KEY_BYTES = 112;
const FOLLOWER_BYTES = 40;
const TAG_BYTES = 80;

/** Followed keys that carry a tag. */
interface Carriers {
  count: number;
  /** Null once there were too many to be told one by one. */
  names: Set<string> | null;
}

/**
 * Who follows which key, with the tags that each key's entry carried: a tag that dies takes its members with it at once, and
 * nobody may have to look for them. A key's tags do not change without a notice, so what is written down here stays true.
 * Names are a database's number, as one character, and the key.
 */
export class Followers {
  private readonly byKey = new ShardedMap<Follower | Set<Follower>>();
  private readonly tagsOf = new ShardedMap<readonly string[]>();
  private readonly byTag = new ShardedMap<Carriers>();
  private nameBytes = 0;
  private tagEntries = 0;
  /** Pairs of key and follower. */
  items = 0;

  constructor(private readonly carriersToldMax: number = Number.POSITIVE_INFINITY) {}

  /** Followed keys. */
  get size(): number {
    return this.byKey.size;
  }

  get bytesUsed(): number {
    return this.byKey.size * KEY_BYTES + this.nameBytes + this.items * FOLLOWER_BYTES + this.tagEntries * TAG_BYTES;
  }

  has(name: string): boolean {
    return this.byKey.has(name);
  }

  /** `tags` are those of the key's entry; asked for only if nobody follows the key yet. */
  add(name: string, follower: Follower, tags: () => readonly string[]): void {
    const known = this.byKey.get(name);
    if (known === follower) return;
    if (known === undefined) {
      this.byKey.set(name, follower);
      this.nameBytes += name.length;
      this.link(name, tags());
    } else if (!(known instanceof Set)) this.byKey.set(name, new Set([known, follower]));
    else if (known.has(follower)) return;
    else known.add(follower);
    this.items++;
  }

  delete(name: string, follower: Follower): void {
    const known = this.byKey.get(name);
    if (known === follower) this.drop(name, 1);
    else if (known instanceof Set && known.delete(follower)) {
      this.items--;
      if (known.size === 0) this.drop(name, 0);
    }
  }

  /** Its followers are told. */
  tell(name: string): void {
    const known = this.byKey.get(name);
    if (known === undefined) return;
    const db = name.charCodeAt(0);
    const key = name.slice(1);
    if (known instanceof Set) {
      this.drop(name, known.size);
      for (const follower of known) follower.noticed(db, key);
    } else {
      this.drop(name, 1);
      known.noticed(db, key);
    }
  }

  /** Followers of all keys that carry the tag are told. False if there are too many: nobody was. */
  tellTag(tag: string): boolean {
    const carriers = this.byTag.get(tag);
    if (carriers === undefined) return true;
    if (carriers.names === null) return false;
    for (const name of [...carriers.names]) this.tell(name);
    return true;
  }

  /** One of the keys that are followed for longest is given up: its followers are told. */
  tellOldest(): void {
    const name = this.byKey.next();
    if (name !== undefined) this.tell(name);
  }

  names(): IterableIterator<string> {
    return this.byKey.keys();
  }

  clear(): void {
    this.byKey.clear();
    this.tagsOf.clear();
    this.byTag.clear();
    this.nameBytes = this.tagEntries = this.items = 0;
  }

  private link(name: string, tags: readonly string[]): void {
    if (tags.length === 0) return;
    this.tagsOf.set(name, tags);
    for (const tag of tags) {
      const carriers = this.byTag.get(tag);
      if (carriers === undefined) this.byTag.set(tag, { count: 1, names: new Set([name]) });
      else {
        if (++carriers.count > this.carriersToldMax) carriers.names = null;
        carriers.names?.add(name);
      }
    }
    this.tagEntries += tags.length;
  }

  private drop(name: string, followers: number): void {
    this.byKey.delete(name);
    this.nameBytes -= name.length;
    this.items -= followers;
    const tags = this.tagsOf.get(name);
    if (tags === undefined) return;
    this.tagsOf.delete(name);
    this.tagEntries -= tags.length;
    for (const tag of tags) {
      const carriers = this.byTag.get(tag)!;
      carriers.names?.delete(name);
      if (--carriers.count === 0) this.byTag.delete(tag);
    }
  }
}
