import { bytesOf } from '../../base/bytes';
import { HITS_MAX } from '../../layers/memory/record';
import type { Core } from '../core';
import type { Load } from './load';

/** Refreshed values watched at once; of more, the oldest are judged before their time. */
const WATCHED_MAX = 10_000;
/** Judged when this share of its time is over: later it may have left. */
const SHARE = 0.9;
const WITHOUT_END_MS = 600_000;
const STEP = 100;

interface Watched {
  db: number;
  key: Buffer;
  epoch: number;
  hits: number;
  dueMs: number;
}

/** Whether what was loaded though nobody waited for it is read at all. */
export class RefreshWatch {
  private readonly watched: Watched[] = [];
  private head = 0;

  constructor(private readonly core: Core) {}

  stored({ db, key }: Load, slot: number, expiresAt: number): void {
    const { core } = this;
    const lifeMs = Math.min(expiresAt - core.now, WITHOUT_END_MS);
    const { memory } = core;
    const dueMs = core.now + lifeMs * SHARE;
    this.watched.push({ db, key, epoch: memory.fillEpoch(slot), hits: memory.hits(slot), dueMs });
    this.settle(1);
  }

  /** Judges those whose time has come. */
  settle(stepsMax = STEP): void {
    for (let steps = 0; steps <= stepsMax && this.head < this.watched.length; steps++) {
      const oldest = this.watched[this.head]!;
      if (oldest.dueMs > this.core.now && this.watched.length - this.head <= WATCHED_MAX) break;
      this.head++;
      this.judge(oldest);
    }
    if (this.head > WATCHED_MAX || this.head === this.watched.length) {
      this.watched.splice(0, this.head);
      this.head = 0;
    }
  }

  /** What left, or was loaded again, is not judged: a refresh is begun by a read mostly. */
  private judge({ db, key, epoch, hits }: Watched): void {
    const { memory, counters } = this.core;
    const slot = memory.find(db, bytesOf(key));
    if (slot === 0 || memory.fillEpoch(slot) !== epoch) return;
    if (memory.hits(slot) === hits && hits < HITS_MAX) counters.refreshesWasted++;
    else counters.refreshesUsed++;
  }
}
