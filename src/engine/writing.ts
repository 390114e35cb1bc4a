import { type Bytes, bytesOf, copyOf, latin1Of, lengthOf } from '../base/bytes';
import { Fault } from '../base/fault';
import { whenReady } from '../base/when-ready';
import { NEVER, TYPE_STRING } from '../layers/layer';
import type { Attachment } from '../layers/memory/attachments';
import { KEEP_TTL, type SetOptions, type Value } from './api';
import type { Core } from './core';
import type { Family } from './families';
import { isOvertaken } from './fence';
import type { Leases } from './leases';
import type { Lease } from './leases/lease-table';
import type { Misses } from './misses';
import type { Reading } from './reading';
import type { SourceChanges } from './source-changes';
import { copyOfValue } from './values';

export interface WriteLimits {
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
}

const PLAIN: SetOptions = {};
const NO_NAMES: readonly string[] = [];

/** What is known of the making of a value that is to be stored. */
interface Fill {
  fillEpoch?: number;
  lease?: Lease;
}
const NO_FILL: Fill = {};
const FENCED: Fill = {};

/**
 * A client's writes. Each supersedes the disk row, ends loads of the key that began before, and kills what depends on the
 * key, all before the reply.
 */
export class Writing {
  constructor(
    private readonly core: Core,
    private readonly reading: Reading,
    private readonly sourceChanges: SourceChanges,
    private readonly limits: WriteLimits,
    private readonly leases: Leases,
    private readonly misses: Misses,
  ) {}

  set(db: number, key: Bytes, value: Bytes, options: SetOptions = PLAIN): boolean {
    const { core, limits } = this;
    if (lengthOf(key) > limits.keyBytesMax) throw new Fault('ERR key exceeds maximum allowed size (max-key-size)');
    if (lengthOf(value) > limits.valueBytesMax) {
      throw new Fault('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
    }
    const family = core.families.any ? core.families.match(latin1Of(key)) : null;
    const physical = core.dbs.physical[db]!;
    const fill = isJudged(options, family) ? this.fillOf(db, physical, key, options, family) : NO_FILL;
    if (fill === FENCED) return false;
    const { fillEpoch, lease } = fill;
    const slot = this.store(
      physical,
      key,
      value,
      fillEpoch === undefined ? options : { ...options, fillEpoch },
      family,
    );
    if (lease !== undefined) this.leases.stored(lease);
    if (core.changes.isHeld) core.changed(physical, key, core.memory.hashOf(slot));
    if (!core.graph.isEmpty) {
      const cascade = this.sourceChanges.changed(physical, key, 'set', options.client);
      if (cascade instanceof Promise) core.cascading.hold(cascade);
    }
    return true;
  }

  /** Puts the value in place of whatever was there. `physical` database; no cascade, no fence. */
  store(physical: number, key: Bytes, value: Bytes, asked: SetOptions, family: Family | null): number {
    const { core } = this;
    const { memory } = core;
    core.counters.sets++;
    const keeps = asked.keepTies === true || asked.expiresAt === KEEP_TTL;
    const carried =
      keeps && !core.room.has(lengthOf(key), lengthOf(value)) ? this.carriedBy(physical, key, asked) : asked;
    core.room.make(lengthOf(key), lengthOf(value));
    if (core.rules.isWatching) core.rules.stored(physical, key, value);
    const old = core.findLive(physical, key);
    const options = old === 0 ? carried : asked;
    const wasFresh = old !== 0 && core.isFresh(old);
    if (old !== 0) this.loosen(old, physical, key, options);
    else core.removeUnknown(physical, key);
    const slot = memory.put(physical, key, value, options.type ?? TYPE_STRING);
    if (old === 0 || options.keepTies !== true)
      memory.setFillEpoch(slot, options.madeAt ?? options.fillEpoch ?? core.epochs.note());
    const { expiresAt } = options;
    // A time to live that is over is not kept: of a stale value there is none.
    if (expiresAt === undefined || (expiresAt === KEEP_TTL && !wasFresh && options.keepTies !== true)) {
      if (old !== 0) memory.setExpires(slot, NEVER);
    } else if (expiresAt !== KEEP_TTL) memory.setExpires(slot, expiresAt);
    try {
      if (options.keepTies !== true || old === 0) this.tie(slot, physical, key, options, family);
    } catch (refused) {
      // A value without its tags and sources could never be invalidated.
      core.remove(slot, 'overwritten');
      throw refused;
    }
    core.queueWrite(slot);
    return slot;
  }

  /** What is to be kept of the old value, taken down: making room may let that very entry go. */
  private carriedBy(physical: number, key: Bytes, options: SetOptions): SetOptions {
    const { core } = this;
    const slot = core.findLive(physical, key);
    if (slot === 0) return options;
    const keepsTies = options.keepTies === true;
    const until = keepsTies || core.isFresh(slot) ? core.graces.freshUntil(slot) : NEVER;
    const expiry = options.expiresAt === KEEP_TTL ? { expiresAt: until } : {};
    if (!keepsTies) return { ...options, ...expiry };
    const ties = { tags: core.tags.tagsOf(core.memberOf(slot)), sources: core.sources.of(slot) };
    const graceMs = core.graces.graceMsOf(slot);
    return { ...options, ...expiry, ...ties, graceMs, keepTies: false, madeAt: core.memory.fillEpoch(slot) };
  }

  /** Takes off what the old value carried and the new one does not keep. */
  private loosen(slot: number, physical: number, key: Bytes, options: SetOptions): void {
    const { core } = this;
    core.supersede(slot, physical, key);
    if (options.keepTies === true) return;
    core.untie(slot);
    core.sources.unbind(slot, physical, key);
  }

  private tie(slot: number, physical: number, key: Bytes, options: SetOptions, family: Family | null): void {
    const { core } = this;
    const tags = union(options.tags, family?.tags);
    const graceMs = options.graceMs ?? family?.graceMs ?? 0;
    core.tieTo(slot, physical, tags, graceMs, graceMs > 0 && isRefreshable(family), options.aheadMs);
    const sources = union(options.sources, family?.dependsOn);
    if (sources.length > 0) core.sources.bind(slot, physical, key, sources);
  }

  /** When the making of the value began, if that is known; FENCED if it was overtaken since. */
  private fillOf(db: number, physical: number, key: Bytes, options: SetOptions, family: Family | null): Fill {
    const { core } = this;
    const { client, lease: token } = options;
    const tags = union(options.tags, family?.tags);
    const sources = union(options.sources, family?.dependsOn);
    if (token !== undefined) {
      const lease = this.leases.claim(token, physical, key, tags, sources);
      if (lease !== undefined) return { fillEpoch: lease.epoch, lease };
      core.losing.fenced(physical, key, tags, this.leases.overSince(token, physical, key), 'lease');
      return FENCED;
    }
    const missedAt = client === undefined ? undefined : this.misses.take(client, db, key);
    const fillEpoch = options.fillEpoch ?? missedAt;
    if (fillEpoch === undefined) return NO_FILL;
    if (!isOvertaken(core, physical, key, fillEpoch, tags, sources, this.isSpared(options, family)))
      return { fillEpoch };
    core.losing.fenced(physical, key, tags, fillEpoch, missedAt === undefined ? 'other' : 'miss');
    return FENCED;
  }

  /** Soft invalidations leave it its grace. */
  private isSpared(options: SetOptions, family: Family | null): boolean {
    return (options.graceMs ?? family?.graceMs ?? 0) > 0 && isRefreshable(family);
  }

  // --- removal -----------------------------------------------------------------------------------------------------------

  remove(db: number, key: Bytes, client?: number): boolean | Promise<boolean> {
    return this.reading.found(db, key, (slot) => this.removeFound(db, key, slot, client));
  }

  removeMany(db: number, keys: readonly Bytes[], client?: number): number | Promise<number> {
    let count = 0;
    const later: Promise<boolean>[] = [];
    for (const key of keys) {
      const removed = this.remove(db, key, client);
      if (removed instanceof Promise) later.push(removed);
      else if (removed) count++;
    }
    if (later.length === 0) return count;
    return Promise.all(later).then((all) => count + all.filter(Boolean).length);
  }

  private removeFound(db: number, key: Bytes, slot: number, client?: number): boolean {
    const { core } = this;
    const physical = core.dbs.of(db);
    if (slot !== 0) {
      core.remove(slot, 'deleted');
      core.counters.deletes++;
    } else core.removeUnknown(physical, key);
    core.overtaken(physical, key);
    if (!core.graph.isEmpty) {
      const cascade = this.sourceChanges.changed(physical, key, 'delete', client);
      if (cascade instanceof Promise) core.cascading.hold(cascade);
    }
    return slot !== 0;
  }

  expire(db: number, slot: number, expiresAt: number): void | Promise<void> {
    const { core } = this;
    const { memory } = core;
    memory.keyView(slot, this.keySpan);
    if (expiresAt <= core.now) {
      this.removeFound(db, bytesOf(copyOf(this.keySpan)), slot);
      return;
    }
    if (core.isResident(slot)) return this.expireFound(core.dbs.of(db), slot, expiresAt);
    const key = bytesOf(copyOf(this.keySpan));
    return this.reading.forChange(db, key, (found) => {
      if (found !== 0) this.expireFound(core.dbs.of(db), found, expiresAt);
    });
  }

  private expireFound(physical: number, slot: number, expiresAt: number): void {
    const { core } = this;
    const { memory } = core;
    // A row that ends too early is only a miss after a restart; one that ends too late would be a lie.
    if (expiresAt < memory.expiresAt(slot)) {
      memory.keyView(slot, this.keySpan);
      core.supersede(slot, physical, this.keySpan);
    }
    core.graces.expireAt(slot, expiresAt);
    core.noticing?.left(slot);
    core.queueWrite(slot);
  }

  private readonly keySpan = bytesOf('');

  // --- copies ------------------------------------------------------------------------------------------------------------

  copy(fromDb: number, from: Bytes, toDb: number, to: Bytes, replace: boolean): boolean | Promise<boolean> {
    return this.withBoth(fromDb, from, toDb, to, (value, target) => {
      if (value === null || (target !== 0 && !replace)) return false;
      return this.copyFound(fromDb, from, toDb, to, value);
    });
  }

  rename(
    fromDb: number,
    from: Bytes,
    toDb: number,
    to: Bytes,
    replace: boolean,
  ): 'missing' | 'exists' | 'ok' | Promise<'missing' | 'exists' | 'ok'> {
    type Outcome = 'missing' | 'exists' | 'ok';
    return this.withBoth(fromDb, from, toDb, to, (value, target): Outcome => {
      if (value === null) return 'missing';
      if (target !== 0 && !replace) return 'exists';
      if (fromDb === toDb && lengthOf(from) === lengthOf(to) && copyOf(from).equals(copyOf(to))) return 'ok';
      if (!this.copyFound(fromDb, from, toDb, to, value, true)) return 'missing';
      this.removeFound(fromDb, from, this.core.findLive(this.core.dbs.of(fromDb), from));
      return 'ok';
    });
  }

  /** The source's value (a copy) and the target's slot, as they are in the moment in which `use` is called. */
  private withBoth<R>(
    fromDb: number,
    from: Bytes,
    toDb: number,
    to: Bytes,
    use: (value: Value | null, target: number) => R,
  ): R | Promise<R> {
    const { core, reading } = this;
    const targetNow = () => core.findLive(core.dbs.of(toDb), to);
    const found = () =>
      whenReady(reading.getRaw(fromDb, from), (value) => {
        // After a wait: what is in memory is newer than what was read.
        const current = reading.peek(fromDb, from) ?? value;
        return use(current === null ? null : copyOfValue(current), targetNow());
      });
    return whenReady(reading.locate(toDb, to), found) as R | Promise<R>;
  }

  private copyFound(fromDb: number, from: Bytes, toDb: number, to: Bytes, value: Value, isMove = false): boolean {
    const { core } = this;
    const slot = core.findLive(core.dbs.of(fromDb), from);
    if (slot === 0) return false;
    const object = core.memory.attachments.get(slot);
    if (object !== undefined && !isMove) core.room.make(lengthOf(to), object.sizeBytes);
    const isDone = this.set(toDb, to, value, {
      expiresAt: core.graces.freshUntil(slot),
      graceMs: core.graces.graceMsOf(slot),
      tags: core.tags.tagsOf(core.memberOf(slot)),
      sources: core.sources.of(slot),
      type: value.type,
      madeAt: core.memory.fillEpoch(slot),
    });
    if (object !== undefined && isDone) this.giveObject(toDb, to, value.type, isMove ? object : object.clone(), slot);
    return isDone;
  }

  /** The copy of a large collection is a large collection; one that is moved is taken from where it was. */
  private giveObject(db: number, key: Bytes, type: number, object: Attachment, from: number): void {
    const { memory, dbs } = this.core;
    if (memory.attachments.get(from) === object) memory.attachments.drop(from);
    const slot = memory.find(dbs.of(db), key);
    if (slot !== 0) memory.putObject(slot, object, type);
  }
}

/** A plain write is not, but where the template of its key says so. */
function isJudged({ lease, fillEpoch, client, isFill }: SetOptions, family: Family | null): boolean {
  if (lease !== undefined || fillEpoch !== undefined) return true;
  return client !== undefined && (isFill === true || family?.fence === true);
}

function isRefreshable(family: Family | null): boolean {
  return family !== null && family.load !== null;
}

function union(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] {
  if (b === undefined || b.length === 0) return a ?? NO_NAMES;
  if (a === undefined || a.length === 0) return b;
  return [...new Set([...a, ...b])];
}
