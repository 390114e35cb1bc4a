import { type Bytes, bytesOf, copyOf, lengthOf } from '../base/bytes';
import { whenReady } from '../base/when-ready';
import { RESIDENT } from '../layers/memory/record';
import type { EntryInfo, Slot, Value } from './api';
import type { Core } from './core';
import type { Filling } from './filling/filling';
import type { Promoting } from './promoting';
import { outcomeOf, type ReferenceWatch, UNWATCHED } from './references';
import { Sampling } from './sampling';
import { copyOfValue, ValueView } from './values';

/** Reads in the order of the layers: memory now, disk and origin as promises. */
export class Reading {
  private readonly view = new ValueView(Buffer.alloc(0));
  /** Off while a CLIENT NO-TOUCH client is served. */
  touching = true;
  /** Off while commands of an EXEC run: they load nothing. */
  readsThrough = true;
  /** Sees the GETs of a sample of the keys. */
  references: ReferenceWatch = UNWATCHED;
  private readonly sampler = new Sampling();

  constructor(
    private readonly core: Core,
    private readonly promoting: Promoting,
    private readonly filling: Filling,
  ) {}

  /** From now on the probe is told of a sample of the GETs that memory answers, at the least one of so many. */
  sampleHits(oneOfMax: number): void {
    const { random, clock } = this.core.world;
    this.sampler.begin(oneOfMax, random, clock.fineMs());
  }

  get(db: number, key: Bytes): Value | null | Promise<Value | null> {
    if (--this.sampler.left === 0) return this.sampled(db, key);
    const { core } = this;
    const { memory, counters } = core;
    const physical = core.dbs.physical[db]!;
    if (core.cascading.mayReach(physical, key)) return this.afterCascade(() => this.get(db, key));
    counters.gets++;
    const slot = memory.find(physical, key);
    if (memory.lastHash >>> 1 < this.references.below) this.referenced(db, key, slot);
    if (slot !== 0 && core.isPlain(slot)) {
      if (memory.flag(slot, RESIDENT)) {
        counters.memoryHits++;
        if (this.touching) memory.touch(slot, core.world.clock.now);
        memory.view(slot, this.view);
        this.view.type = memory.typeOf(slot);
        return this.view;
      }
    }
    return this.getElsewhere(db, physical, key);
  }

  /** GET that asks no loader. */
  getStored(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const { core } = this;
    const { counters, memory } = core;
    const physical = core.dbs.of(db);
    if (core.cascading.mayReach(physical, key)) return this.afterCascade(() => this.getStored(db, key));
    counters.gets++;
    const slot = core.findServable(physical, key);
    if (slot !== 0 && core.isResident(slot)) {
      counters.memoryHits++;
      if (this.touching) memory.touch(slot, core.now);
      const value = this.viewOf(slot, this.view);
      core.probe.hit?.(physical, key, lengthOf(value), 1, -1);
      return value;
    }
    const found = slot === 0 && core.complete ? null : this.fromDisk(db, physical, key);
    return whenReady(found, (value) => {
      if (value === null) this.countMiss(db, key);
      else counters.diskHits++;
      return value;
    });
  }

  /** GET that does not count, does not touch and asks no loader. */
  getRaw(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const { core } = this;
    const physical = core.dbs.of(db);
    if (core.cascading.mayReach(physical, key)) return this.afterCascade(() => this.getRaw(db, key));
    const slot = core.findLive(physical, key);
    if (slot !== 0 && core.isResident(slot)) return this.viewOf(slot, this.view);
    if (slot === 0 && core.complete) return null;
    return this.promoting.read(db, key);
  }

  /** The live value if it is in memory. */
  peek(db: number, key: Bytes): Value | null {
    const slot = this.core.findLive(this.core.dbs.of(db), key);
    return slot !== 0 && this.core.isResident(slot) ? this.viewOf(slot, this.view) : null;
  }

  /** Rejects if a load failed; with `spare` that key is null, as long as there is an answer for another one. */
  getMany(db: number, keys: readonly Bytes[], spare = false): (Value | null)[] | Promise<(Value | null)[]> {
    const found: (Value | null | Promise<Value | null>)[] = [];
    let waits = false;
    for (const key of keys) {
      let value = this.getOrReject(db, key);
      if (value instanceof Promise) waits = true;
      else if (value !== null) value = this.keep(value);
      found.push(value);
    }
    if (!waits) return found as (Value | null)[];
    // Views into memory do not survive a wait.
    for (let i = 0; i < found.length; i++) {
      const value = found[i];
      if (value !== null && !(value instanceof Promise)) found[i] = copyOfValue(value!);
    }
    return spare ? this.spared(found) : Promise.all(found);
  }

  /** One of many: what it throws must not leave the others' promises alone. */
  private getOrReject(db: number, key: Bytes): Value | null | Promise<Value | null> {
    try {
      return this.get(db, key);
    } catch (refused) {
      return Promise.reject(refused);
    }
  }

  private async spared(found: readonly (Value | null | Promise<Value | null>)[]): Promise<(Value | null)[]> {
    const settled = await Promise.allSettled(found);
    const failed = settled.filter((each) => each.status === 'rejected');
    if (failed.length === settled.length) throw failed[0]!.reason;
    this.core.counters.nullsForFailures += failed.length;
    return settled.map((each) => (each.status === 'fulfilled' ? each.value : null));
  }

  locate(db: number, key: Bytes): Slot | Promise<Slot> {
    return this.found(db, key, (slot) => slot);
  }

  /**
   * As locate, for what changes the entry: `change` gets the slot in the moment in which it is found, and its value is in
   * memory then (what is on disk is about to be superseded). 0 as well if there was no room to bring it there.
   */
  forChange<R>(db: number, key: Bytes, change: (slot: Slot) => R): R | Promise<R> {
    const { core } = this;
    if (core.cascading.mayReach(core.dbs.of(db), key))
      return core.cascading.whenDone()!.then(() => this.forChange(db, key, change));
    const slot = core.findLive(core.dbs.of(db), key);
    if (slot === 0 ? core.complete : core.isResident(slot)) return change(slot);
    return this.promoting.read(db, key).then(() => {
      const found = core.findLive(core.dbs.of(db), key);
      if (found === 0 || core.isResident(found)) return change(found);
      core.counters.evicted++;
      core.remove(found, 'evicted');
      return change(0);
    });
  }

  /** As locate; `use` gets the slot in the moment in which it is found. */
  found<R>(db: number, key: Bytes, use: (slot: Slot) => R): R | Promise<R> {
    const { core } = this;
    if (core.cascading.mayReach(core.dbs.of(db), key))
      return core.cascading.whenDone()!.then(() => this.found(db, key, use));
    const slot = core.findLive(core.dbs.of(db), key);
    if (slot !== 0 || core.complete) return use(slot);
    return this.promoting.read(db, key).then(() => use(core.findLive(core.dbs.of(db), key)));
  }

  countLive(db: number, keys: readonly Bytes[], touch: boolean): number | Promise<number> {
    const { core } = this;
    let count = 0;
    const later: Promise<Slot>[] = [];
    for (const key of keys) {
      const slot = this.locate(db, key);
      if (slot instanceof Promise) later.push(slot);
      else if (slot !== 0) {
        count++;
        if (touch && this.touching) core.memory.touch(slot, core.now);
      }
    }
    if (later.length === 0) return count;
    return Promise.all(later).then((slots) => count + slots.filter((slot) => slot !== 0).length);
  }

  info(slot: Slot): EntryInfo {
    const { memory, now } = this.core;
    return {
      slot,
      type: memory.typeOf(slot),
      sizeBytes: memory.bytesOf(slot),
      expiresAt: this.core.expiresAt(slot),
      idleSeconds: memory.idleSeconds(slot, now),
      hits: memory.hits(slot),
      layer: this.core.isResident(slot) ? 'memory' : 'disk',
    };
  }

  private getElsewhere(db: number, physical: number, key: Bytes): Value | null | Promise<Value | null> {
    const { core } = this;
    const slot = core.findLive(physical, key);
    if (slot === 0 && core.complete) return this.miss(db, key);
    if (slot !== 0 && core.isResident(slot)) {
      core.counters.memoryHits++;
      return this.aging(db, slot, key) ?? this.served(slot);
    }
    return whenReady(this.fromDisk(db, physical, key), (value) => {
      if (value === null) return this.miss(db, key);
      core.counters.diskHits++;
      const found = core.dbs.of(db) === physical ? core.findLive(physical, key) : 0;
      return (found === 0 ? null : this.aging(db, found, key)) ?? value;
    });
  }

  /** The probe is told of this GET, if memory answers it. */
  private sampled(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const { core, sampler } = this;
    const { clock } = core.world;
    const began = clock.fineMs();
    const weight = sampler.next(began);
    const hits = core.counters.memoryHits;
    const value = this.get(db, key);
    const tookMs = clock.fineMs() - began;
    if (core.counters.memoryHits === hits || value === null) return value;
    const sizeBytes = value instanceof Promise ? 0 : lengthOf(value);
    core.probe.hit?.(core.dbs.of(db), key, sizeBytes, weight, value instanceof Promise ? -1 : tookMs);
    return value;
  }

  /** Just found, or not. */
  private referenced(db: number, key: Bytes, slot: Slot): void {
    const { core } = this;
    const outcome = outcomeOf(core, slot, () => core.losses.reasonOf(db, key));
    const sizeBytes = slot !== 0 && core.isResident(slot) ? core.memory.bytesOf(slot) : 0;
    this.references.referenced(core.memory.lastHash >>> 1, sizeBytes, outcome);
  }

  private fromDisk(db: number, physical: number, key: Bytes): Promise<Value | null> {
    const { clock } = this.core.world;
    const began = clock.fineMs();
    return this.promoting.read(db, key).then((value) => {
      const sizeBytes = value === null ? -1 : lengthOf(value);
      this.core.probe.diskRead?.(physical, key, sizeBytes, clock.fineMs() - began);
      return value;
    });
  }

  private served(slot: Slot): Value {
    const { core } = this;
    if (this.touching) core.memory.touch(slot, core.now);
    return this.viewOf(slot, this.view);
  }

  /**
   * A live value that is not fresh any more, or not for long: loaded anew, and served once more meanwhile (null). A promise
   * where the new one is worth waiting for.
   */
  private aging(db: number, slot: Slot, key: Bytes): Promise<Value | null> | null {
    const { core } = this;
    if (core.isPlain(slot)) return null;
    if (core.isFresh(slot)) {
      this.filling.ahead(slot, key);
      return null;
    }
    const own = bytesOf(copyOf(key));
    const waits = this.readsThrough ? this.filling.stale(slot, key, () => this.getRaw(db, own)) : null;
    if (waits === null) {
      core.counters.staleHits++;
      core.probe.staleHit?.(core.dbs.of(db), key);
    }
    return waits;
  }

  private miss(db: number, key: Bytes): Value | null | Promise<Value | null> {
    const { core } = this;
    if (core.families.any && this.filling.isKnownAbsent(core.dbs.of(db), key)) {
      core.counters.negativeHits++;
      return null;
    }
    this.countMiss(db, key);
    return core.families.any && this.readsThrough ? this.filling.get(db, key) : null;
  }

  private countMiss(db: number, key: Bytes): void {
    const { core } = this;
    const reason = core.losses.reasonOf(db, key);
    core.counters.misses[reason]!++;
    core.probe.missed?.(core.dbs.of(db), key, reason);
  }

  /** `read` again when it is known whether the entry lives; a view would not outlive the promise. */
  private afterCascade(read: () => Value | null | Promise<Value | null>): Promise<Value | null> {
    const copied = () => whenReady(read(), (value) => value && copyOfValue(value));
    return this.core.cascading.whenDone()!.then(copied);
  }

  private viewOf(slot: Slot, view: ValueView): Value {
    this.core.memory.view(slot, view);
    view.type = this.core.memory.typeOf(slot);
    return view;
  }

  /** The shared view, on its own feet for as long as nothing changes. */
  private keep(value: Value): Value {
    const kept = new ValueView(value.buf, value.start, value.end);
    kept.type = value.type;
    return kept;
  }
}
