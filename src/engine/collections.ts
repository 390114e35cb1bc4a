import { type Bytes, bytesOf, copyOf, lengthOf, Span } from '../base/bytes';
import { BrokenInvariant, Fault } from '../base/fault';
import { whenReady } from '../base/when-ready';
import type { Collection } from '../types/collection';
import { WRONG_TYPE } from '../types/faults';
import { KINDS, type Kind, type Kinds, kindOf, openerOf } from '../types/kinds';
import type { TypeLimits } from '../types/limits';
import type { Change, CollectionsApi, Slot } from './api';
import type { Core } from './core';
import type { Promoting } from './promoting';
import type { Reading } from './reading';
import type { SourceChanges } from './source-changes';
import type { WriteLimits, Writing } from './writing';

const NOTHING = bytesOf('');

/**
 * Hashes, sets, sorted sets and lists. Small ones are bytes in the memory layer as a string's are; a large one is an object
 * that its entry holds (`memory.attachments`), so it leaves with the entry whatever takes that away. A change keeps TTL,
 * tags, grace and sources, as INCR does of a string, and kills what depends on the key.
 */
export class Collections implements CollectionsApi {
  private readonly span = new Span(Buffer.alloc(0));

  constructor(
    private readonly core: Core,
    private readonly reading: Reading,
    private readonly promoting: Promoting,
    private readonly writing: Writing,
    private readonly sourceChanges: SourceChanges,
    private readonly limits: WriteLimits,
    private readonly types: TypeLimits,
  ) {}

  /** To be read, not changed; a view when at once, on its own feet when promised. Counted as a hit or a miss. */
  find<K extends Kind>(db: number, key: Bytes, kind: K): Kinds[K] | null | Promise<Kinds[K] | null> {
    return this.lookUp<K>(db, key, KINDS[kind].alone);
  }

  private lookUp<K extends Kind>(
    db: number,
    key: Bytes,
    kinds: readonly K[],
  ): Kinds[K] | null | Promise<Kinds[K] | null> {
    const { core } = this;
    const { memory, counters } = core;
    const physical = core.dbs.physical[db]!;
    if (core.cascading.mayReach(physical, key)) return this.afterCascade<K>(() => this.lookUp(db, key, kinds));
    counters.gets++;
    const slot = core.findLive(physical, key);
    if (slot !== 0 && core.isResident(slot)) {
      counters.memoryHits++;
      if (this.reading.touching) memory.touch(slot, core.now);
      return this.opened(slot, kinds);
    }
    if (slot === 0 && core.complete) return this.missed(db, key);
    return this.promoting.read(db, key).then((value): Kinds[K] | null => {
      if (value === null || lengthOf(value) === 0) return this.missed(db, key);
      counters.diskHits++;
      // It has come to memory meanwhile, or there was no room for it.
      const now = core.findLive(core.dbs.of(db), key);
      if (now !== 0 && core.isResident(now)) return this.opened(now, kinds).clone() as Kinds[K];
      const made = KINDS[oneOf(kinds, value.type)].make(this.types, new Span(copyOf(value)));
      if (made.isOverPacked) made.open();
      return made;
    });
  }

  /** Several at once, each of one of the kinds, in the order of the keys. */
  findMany<K extends Kind>(
    db: number,
    keys: readonly Bytes[],
    kinds: readonly K[],
  ): (Kinds[K] | null)[] | Promise<(Kinds[K] | null)[]> {
    const found = keys.map((key) => this.lookUp(db, key, kinds));
    if (found.some((each) => each instanceof Promise)) {
      // Views do not survive the wait for the others.
      const kept = found.map((each) => (each instanceof Promise || each === null ? each : (each.clone() as Kinds[K])));
      return Promise.all(kept);
    }
    // Opening one may have moved another.
    return keys.map((key) => this.peek(db, key, kinds));
  }

  /**
   * Lets `edit` change the live collection; null if there is none and none is made. What is empty afterwards is deleted.
   * `edit` runs in the moment in which the collection is found; what it throws is the outcome.
   */
  change<K extends Kind, R>(
    db: number,
    key: Bytes,
    kind: K,
    { create, addsBytes, client }: Change,
    edit: (found: Kinds[K] | null) => R,
  ): R | Promise<R> {
    if (addsBytes > 0) this.core.room.make(lengthOf(key), addsBytes);
    return this.reading.forChange(db, key, (slot) => {
      if (slot !== 0) return this.changeFound(db, key, slot, kind, edit, client);
      if (!create) return edit(null);
      const made = KINDS[kind].make(this.types);
      const outcome = edit(made);
      if (!made.isEmpty) this.store(db, key, made, client);
      return outcome;
    });
  }

  /** Puts a new collection in place of whatever was there, without its TTL and tags; an empty one deletes. */
  store(db: number, key: Bytes, made: Collection, client?: number): void | Promise<void> {
    const { core, limits, writing } = this;
    if (lengthOf(key) > limits.keyBytesMax) throw new Fault('ERR key exceeds maximum allowed size (max-key-size)');
    if (made.isEmpty) return whenReady(writing.remove(db, key, client), () => undefined);
    if (made.settle()) {
      writing.set(db, key, made.packed!, { type: made.type });
      return;
    }
    core.room.make(lengthOf(key), made.sizeBytes);
    writing.set(db, key, NOTHING, { type: made.type });
    const slot = core.memory.find(core.dbs.of(db), key);
    if (slot !== 0) core.memory.putObject(slot, made, made.type);
  }

  empty<K extends Kind>(kind: K): Kinds[K] {
    return KINDS[kind].make(this.types);
  }

  random(): number {
    return this.core.world.random();
  }

  /** OBJECT ENCODING; null of a string or nothing. */
  encodingOf(slot: Slot): string | null {
    const { memory } = this.core;
    const kind = slot === 0 ? undefined : kindOf(memory.typeOf(slot));
    return kind === undefined || !memory.isResident(slot) ? null : this.opened(slot, KINDS[kind].alone).encoding;
  }

  private peek<K extends Kind>(db: number, key: Bytes, kinds: readonly K[]): Kinds[K] | null {
    const slot = this.core.findLive(this.core.dbs.of(db), key);
    return slot === 0 || !this.core.isResident(slot) ? null : this.opened(slot, kinds);
  }

  /** Of a resident entry. Throws WRONGTYPE. */
  private opened<K extends Kind>(slot: Slot, kinds: readonly K[]): Kinds[K] {
    const { memory } = this.core;
    const type = memory.typeOf(slot);
    oneOf(kinds, type);
    const span = new Span(this.span.buf);
    memory.view(slot, span);
    if (span.start === span.end) {
      const object = memory.attachments.get(slot);
      if (object === undefined) throw new BrokenInvariant('a collection without its object');
      return object as Kinds[K];
    }
    const found = openerOf(type)(this.types, span);
    if (found.isOverPacked) {
      found.open();
      memory.putObject(slot, found, type);
    }
    return found as Kinds[K];
  }

  private changeFound<K extends Kind, R>(
    db: number,
    key: Bytes,
    slot: Slot,
    kind: K,
    edit: (found: Kinds[K]) => R,
    client: number | undefined,
  ): R {
    const { attachments } = this.core.memory;
    const found = this.opened<K>(slot, KINDS[kind].alone);
    const isAttached = found.packed === null;
    const before = found.sizeBytes;
    found.changed = false;
    try {
      return edit(found);
    } finally {
      // Also of an edit that failed half way: what is changed is changed.
      if (isAttached) attachments.resized(found.sizeBytes - before);
      if (found.changed) this.keep(db, key, slot, found, isAttached, client);
    }
  }

  private keep(
    db: number,
    key: Bytes,
    slot: Slot,
    found: Collection,
    isAttached: boolean,
    client: number | undefined,
  ): void {
    const { core } = this;
    const { memory } = core;
    if (found.isEmpty) {
      void this.writing.remove(db, key, client);
      return;
    }
    const physical = core.dbs.physical[db]!;
    core.counters.sets++;
    core.supersede(slot, physical, key);
    if (isAttached) memory.touch(slot, core.now);
    else if (found.settle()) memory.putAt(slot, found.packed!, found.type);
    else memory.putObject(slot, found, found.type);
    core.queueWrite(slot);
    if (core.changes.isHeld) core.changed(physical, key, memory.hashOf(slot));
    if (core.graph.isEmpty) return;
    const cascade = this.sourceChanges.changed(physical, key, 'set', client);
    if (cascade instanceof Promise) core.cascading.hold(cascade);
  }

  private missed(db: number, key: Bytes): null {
    const { core } = this;
    core.counters.misses[core.losses.reasonOf(db, key)]!++;
    return null;
  }

  private afterCascade<K extends Kind>(
    find: () => Kinds[K] | null | Promise<Kinds[K] | null>,
  ): Promise<Kinds[K] | null> {
    const kept = () => whenReady(find(), (found) => found && (found.clone() as Kinds[K]));
    return this.core.cascading.whenDone()!.then(kept);
  }
}

/** The one of the kinds that has the type. Throws WRONGTYPE. */
function oneOf<K extends Kind>(kinds: readonly K[], type: number): K {
  const kind = kindOf(type) as K;
  if (!kinds.includes(kind)) throw WRONG_TYPE;
  return kind;
}
