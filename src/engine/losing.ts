import type { Bytes } from '../base/bytes';
import { POLICY_NAMES, type PolicyName } from '../layers/memory/policies';
import { DIRTY, HITS_BITS, ON_DISK } from '../layers/memory/record';
import type { Core } from './core';
import type { Loss } from './counters';
import { PHYSICAL_DATABASES } from './databases';
import { EpochTimes } from './epoch-times';
import { FROM_DISK, NOT_ADMITTED, UNWRITTEN } from './losses';

/** What is written down of an entry as it leaves, for WHY. Called for every eviction, expiry and delete: no objects. */
export class Losing {
  readonly epochTimes = new EpochTimes();
  /** By physical database: what flushed it. */
  private readonly flushes = new Uint32Array(PHYSICAL_DATABASES);
  private policy = '';
  private policyIndex = 0;

  constructor(private readonly core: Core) {}

  /** The entry is still whole. `db` is physical, `cause` a number or 0. */
  left(slot: number, db: number, key: Bytes, reason: Loss, cause: number): void {
    const { core } = this;
    const { memory, losses } = core;
    const { now, wallOffsetMs } = core.world.clock;
    const number = core.dbs.numberOf(db);
    const fillEpoch = memory.fillEpoch(slot);
    if (reason !== 'expired' && reason !== 'evicted') {
      const by = reason === 'flushed' ? this.flushes[db]! : cause;
      // What is swept or reclaimed late died when its cause came.
      const atMs = core.causes.get(by)?.atMs ?? now + wallOffsetMs;
      losses.killed(number, key, reason, atMs, fillEpoch, by);
      return;
    }
    const heat = (memory.idleSeconds(slot, now) << HITS_BITS) | memory.hits(slot);
    const atMs = (reason === 'expired' ? memory.expiresAt(slot) : now) + wallOffsetMs;
    losses.went(number, key, reason, atMs, fillEpoch, this.policyNumber(), this.flagsOf(slot), heat);
  }

  /** A fill that began at `epoch` was refused: that is why the key is not there, unless it is. `db` is physical. */
  fenced(db: number, key: Bytes, tags: readonly string[], epoch: number): void {
    const { core } = this;
    core.counters.fencedFills++;
    if (core.findLive(db, key) !== 0) return;
    const number = core.dbs.numberOf(db);
    const { now, wallOffsetMs } = core.world.clock;
    const cause = core.causes.ofTags(tags, epoch) || (core.losses.lookUp(number, key)?.cause ?? 0);
    core.losses.killed(number, key, 'fenced', now + wallOffsetMs, epoch, cause);
  }

  flushing(physical: number, cause: number): void {
    this.flushes[physical] = cause;
  }

  private flagsOf(slot: number): number {
    const { core } = this;
    const { memory } = core;
    if (core.disk === null) return 0;
    if (!core.isResident(slot)) return FROM_DISK;
    if (memory.flag(slot, ON_DISK)) return 0;
    return memory.flag(slot, DIRTY) ? UNWRITTEN : NOT_ADMITTED;
  }

  private policyNumber(): number {
    const { policy } = this.core.memory;
    if (policy !== this.policy) {
      this.policy = policy;
      this.policyIndex = POLICY_NAMES.indexOf(policy as PolicyName);
    }
    return this.policyIndex;
  }
}
