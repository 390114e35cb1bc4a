import { type Bytes, latin1Of } from '../base/bytes';
import { NEVER } from '../layers/layer';
import { POLICY_NAMES } from '../layers/memory/policies';
import { DIRTY, ON_DISK } from '../layers/memory/record';
import type { Explanation } from './api';
import type { Cause } from './causes';
import type { Core } from './core';
import type { Loss } from './counters';
import { FROM_DISK, type LossRecord, NOT_ADMITTED, UNWRITTEN } from './losses';
import type { Reading } from './reading';

/** Dependents counted for one key; more are told as this many, with a plus. */
const DEPENDENTS_COUNTED_MAX = 10_000;

/** As people are told: what died by name died by an invalidation too. */
const WORDS: Partial<Record<Loss, string>> = { killed: 'invalidated' };

type Field = Explanation[number];

/** WHY: where a live or stale entry is and what it hangs on, or what became of a lost one. */
export class Explaining {
  constructor(
    private readonly core: Core,
    private readonly reading: Reading,
  ) {}

  why(db: number, key: Bytes): Explanation | Promise<Explanation> {
    return this.reading.found(db, key, (slot) => {
      if (slot !== 0) return this.ofLive(db, key, slot);
      const lapsed = this.core.findServable(this.core.dbs.of(db), key);
      if (lapsed !== 0) return this.ofLapsed(key, lapsed);
      this.sweepDying(db, key);
      return this.ofLost(db, key);
    });
  }

  // --- there -----------------------------------------------------------------------------------------------------------

  private ofLive(db: number, key: Bytes, slot: number): Explanation {
    const { core } = this;
    const { memory, now } = core;
    const expiresAt = core.graces.freshUntil(slot);
    const tie = this.core.memberOf(slot);
    const { disk, layers } = this.restsIn(slot);
    const isStale = core.isStale(slot);
    return [
      ['state', isStale ? 'stale' : 'live'],
      ['layers', layers],
      ['disk', disk],
      ['size_bytes', memory.bytesOf(slot)],
      ['value_bytes', memory.valueLength(slot)],
      ['ttl_ms', expiresAt === NEVER ? -1 : Math.max(0, Math.ceil(expiresAt - now))],
      ...(isStale ? [['grace_left_ms', Math.ceil(core.graces.endsAt(slot) - now)] as const] : []),
      ['age_ms', this.ageAt(memory.fillEpoch(slot), this.wallMs)],
      ['idle_seconds', memory.idleSeconds(slot, now)],
      ['hits', memory.hits(slot)],
      ['fill_epoch', memory.fillEpoch(slot)],
      ['tags', tie === 0 ? [] : core.tags.tagsOf(tie)],
      ['sources', this.sourcesOf(db, key, slot)],
      ['dependents', this.dependentsOf(db, key)],
      ...this.templateOf(key),
    ];
  }

  private restsIn(slot: number): { disk: string; layers: string[] } {
    const { core } = this;
    const isOnDisk = core.memory.flag(slot, ON_DISK);
    const layers = [...(core.isResident(slot) ? ['memory'] : []), ...(isOnDisk ? ['disk'] : [])];
    if (core.disk === null) return { layers, disk: 'none' };
    if (isOnDisk) return { layers, disk: 'written' };
    return { layers, disk: core.memory.flag(slot, DIRTY) ? 'waiting' : 'not admitted' };
  }

  private sourcesOf(db: number, key: Bytes, slot: number): string[] {
    const { core } = this;
    return [...new Set([...core.graph.declaredSources(db, key), ...core.sources.of(slot)])].sort();
  }

  private dependentsOf(db: number, key: Bytes): number | string {
    let count = 0;
    this.core.graph.walk(db, key, 'down', 1, () => ++count < DEPENDENTS_COUNTED_MAX);
    return count < DEPENDENTS_COUNTED_MAX ? count : `${count}+`;
  }

  private templateOf(key: Bytes): Field[] {
    const { families } = this.core;
    const family = families.any ? families.match(latin1Of(key)) : null;
    return family === null ? [] : [['template', family.name]];
  }

  // --- lost ------------------------------------------------------------------------------------------------------------

  private ofLost(db: number, key: Bytes): Explanation {
    const { core } = this;
    const loss = core.losses.lookUp(db, key);
    if (loss === null) {
      const forgotten = core.losses.mayHaveForgotten(db, key);
      return [['state', 'never seen'], ['certain', forgotten ? 0 : 1], ...this.templateOf(key)];
    }
    return [
      ['state', 'lost'],
      ['reason', WORDS[loss.reason] ?? loss.reason],
      ['lost_at', Math.floor(loss.atMs)],
      ['ago_ms', Math.max(0, Math.round(this.wallMs - loss.atMs))],
      ['fill_epoch', loss.fillEpoch],
      ['age_ms', this.ageAt(loss.fillEpoch, loss.atMs)],
      ...(loss.reason === 'evicted' || loss.reason === 'expired' ? usesOf(loss) : this.causeOf(loss)),
      ...this.templateOf(key),
    ];
  }

  /** Expired without a loader, within its grace: lost to all but leases, and not written down yet. */
  private ofLapsed(key: Bytes, slot: number): Explanation {
    const { memory, graces, world } = this.core;
    const atMs = graces.freshUntil(slot) + world.clock.wallOffsetMs;
    return [
      ['state', 'lost'],
      ['reason', 'expired'],
      ['lost_at', Math.floor(atMs)],
      ['ago_ms', Math.max(0, Math.round(this.wallMs - atMs))],
      ['fill_epoch', memory.fillEpoch(slot)],
      ['age_ms', this.ageAt(memory.fillEpoch(slot), atMs)],
      ['idle_seconds', memory.idleSeconds(slot, this.core.now)],
      ['hits', memory.hits(slot)],
      ...this.templateOf(key),
    ];
  }

  private causeOf({ reason, cause: number }: LossRecord): Field[] {
    const cause = this.core.causes.get(number);
    if (cause !== undefined) return fieldsOf(cause);
    // Of those that have one: the record of causes is bounded too.
    return reason === 'invalidated' || reason === 'killed' ? [['by', 'forgotten']] : [];
  }

  /** How long the value had been there, at least. */
  private ageAt(fillEpoch: number, wallMs: number): number {
    return Math.max(0, Math.round(wallMs - (this.core.losing.epochTimes.endOf(fillEpoch) ?? wallMs)));
  }

  /** An entry of a flushed database that is still to be swept is lost already. */
  private sweepDying(db: number, key: Bytes): void {
    const { core } = this;
    if (core.dbs.dying === 0) return;
    for (let physical = 0; core.dbs.dying >>> physical !== 0; physical++) {
      if (!core.dbs.isDying(physical) || core.dbs.numberOf(physical) !== db) continue;
      const slot = core.memory.find(physical, key);
      if (slot !== 0) core.remove(slot, 'flushed');
    }
  }

  private get wallMs(): number {
    const { clock } = this.core.world;
    return clock.now + clock.wallOffsetMs;
  }
}

function usesOf({ reason, policy, flags, idleSeconds, hits }: LossRecord): Field[] {
  const fields: Field[] = [
    ['idle_seconds', idleSeconds],
    ['hits', hits],
  ];
  if (reason !== 'evicted') return fields;
  fields.unshift(
    ['policy', POLICY_NAMES[policy] ?? 'unknown'],
    ['layer', (flags & FROM_DISK) !== 0 ? 'disk' : 'memory'],
  );
  if ((flags & UNWRITTEN) !== 0) fields.push(['disk', 'not yet written']);
  if ((flags & NOT_ADMITTED) !== 0) fields.push(['disk', 'not admitted']);
  return fields;
}

function fieldsOf(cause: Cause): Field[] {
  const { kind, tag, rule, path, through, epoch, client, reason } = cause;
  const fields: [string, Explanation[number][1] | undefined][] = [
    ['by', kind],
    ['tag', tag],
    ['rule', rule],
    ['path', path],
    ['through', through],
    ['epoch', epoch],
    ['client', client],
    ['text', reason],
  ];
  return fields.filter((field): field is [string, Explanation[number][1]] => field[1] !== undefined);
}
