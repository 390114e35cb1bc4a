import type { Causer } from './api';
import type { Core } from './core';
import type { Depending } from './depending';
import type { Housekeeping } from './housekeeping';
import type { Leases } from './leases';

/** FLUSHDB, FLUSHALL. */
export class Flushing {
  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
    private readonly leases: Leases,
    private readonly depending: Depending,
  ) {}

  /** Empty at once; what was there is swept behind the reply. Waits only if 16 flushes are still being swept. */
  flush(db?: number, by: Causer = {}): void | Promise<void> {
    const { core } = this;
    const cause = core.causes.add({ kind: 'flush', epoch: core.epochs.current, ...by });
    const which = db === undefined ? [...core.dbs.physical.keys()] : [db];
    for (const logical of which) {
      const physical = core.dbs.of(logical);
      const epoch = core.epochs.batch();
      core.changes.recordFlush(physical, epoch);
      this.leases.flushed(physical);
      if (core.memory.count(physical) === 0 && core.complete) continue;
      if (!core.dbs.renew(logical)) return this.flushLater(db, by);
      core.losing.flushing(physical, cause);
      // What was missed under this number is filled into the new one.
      core.changes.recordFlush(core.dbs.of(logical), epoch);
      core.disk?.flushDb(physical, core.epochs.next());
    }
    if (db === undefined) this.depending.clear();
    core.noticing?.flushed();
    core.disk?.dbMap(core.dbs.physical);
    this.housekeeping.flushed();
  }

  private async flushLater(db: number | undefined, by: Causer): Promise<void> {
    await this.housekeeping.whenSwept();
    await this.flush(db, by);
  }
}
