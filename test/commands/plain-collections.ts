import { type Bytes, bytesOf, copyOf } from '../../src/base/bytes';
import type { Change, CollectionsApi, Slot } from '../../src/engine/api';
import type { Collection } from '../../src/types/collection';
import { WRONG_TYPE } from '../../src/types/faults';
import { KINDS, type Kind, type Kinds, kindOf } from '../../src/types/kinds';
import { DEFAULT_TYPE_LIMITS } from '../../src/types/limits';
import type { PlainEngine } from './plain-engine';

/** Collections as values of the plain engine: read whole and written whole, every time. */
export class PlainCollections implements CollectionsApi {
  private seed = 1;

  constructor(
    private readonly engine: PlainEngine,
    private readonly bytesAt: (slot: Slot) => Buffer,
  ) {}

  find<K extends Kind>(db: number, key: Bytes, kind: K): Kinds[K] | null {
    return this.findMany(db, [key], [kind])[0]!;
  }

  findMany<K extends Kind>(db: number, keys: readonly Bytes[], kinds: readonly K[]): (Kinds[K] | null)[] {
    return keys.map((key) => {
      const value = this.engine.getRaw(db, key);
      if (value === null) return null;
      const kind = kinds.find((each) => KINDS[each].type === value.type);
      if (kind === undefined) throw WRONG_TYPE;
      return this.made(kind, copyOf(value));
    });
  }

  change<K extends Kind, R>(
    db: number,
    key: Bytes,
    kind: K,
    { create }: Change,
    edit: (found: Kinds[K] | null) => R,
  ): R {
    const old = this.find(db, key, kind);
    const found = old ?? (create ? this.empty(kind) : null);
    const outcome = edit(found);
    if (found === null || !found.changed) return outcome;
    if (found.isEmpty) this.engine.remove(db, key);
    else this.put(db, key, found, old !== null);
    return outcome;
  }

  store(db: number, key: Bytes, made: Collection): void {
    if (made.isEmpty) this.engine.remove(db, key);
    else this.put(db, key, made, false);
  }

  empty<K extends Kind>(kind: K): Kinds[K] {
    return KINDS[kind].make(DEFAULT_TYPE_LIMITS);
  }

  /** The same picks in every run. */
  random(): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return this.seed / 2 ** 32;
  }

  encodingOf(slot: Slot): string | null {
    const kind = slot === 0 ? undefined : kindOf(this.engine.typeOf(slot));
    return kind === undefined ? null : this.made(kind, this.bytesAt(slot)).encoding;
  }

  private made<K extends Kind>(kind: K, packed: Buffer): Kinds[K] {
    const made = KINDS[kind].make(DEFAULT_TYPE_LIMITS, bytesOf(packed));
    if (made.isOverPacked) made.open();
    return made;
  }

  private put(db: number, key: Bytes, made: Collection, keepTies: boolean): void {
    const keep = keepTies ? { keepTies, expiresAt: -1 } : {};
    this.engine.set(db, key, made.encode(), { type: made.type, ...keep });
  }
}
