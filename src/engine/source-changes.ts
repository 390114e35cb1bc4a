import type { Bytes } from '../base/bytes';
import type { Cascading } from './cascading';
import type { Core } from './core';
import { kill } from './invalidating/strikes';
import { Paths } from './paths';

/** A key was set or deleted: what was made from it is wrong now. */
export class SourceChanges {
  constructor(
    private readonly core: Core,
    private readonly cascading: Cascading,
    /** As WHY shows it; undefined for one that is gone. */
    private readonly clientText: (client: number) => string | undefined,
  ) {}

  /** A source changed so, by a client: what depends on it dies. `db` is physical. Settles when all of it is dead. */
  changed(db: number, key: Bytes, through: 'set' | 'delete', client?: number): void | Promise<void> {
    const { core } = this;
    if (!core.graph.hasNode(core.dbs.numberOf(db), key)) return;
    const epoch = core.epochs.batch();
    const by = client === undefined ? undefined : this.clientText(client);
    const paths = new Paths(core.causes, key, { epoch, through, client: by });
    return this.cascading.from(db, [key], epoch, (of, dependent, via) => {
      paths.reached(dependent, via);
      if (kill(core, of, dependent, null, () => paths.causeOf(dependent))) core.counters.cascaded++;
    });
  }

  /** As `changed`, for a change at `epoch` that is noticed late: what was made since then is not touched. */
  changedBefore(db: number, key: Bytes, epoch: number): void {
    const { core } = this;
    const paths = new Paths(core.causes, key, { epoch: core.epochs.current, through: 'a change before the start' });
    core.graph.cascade(core.dbs.numberOf(db), key, (number, dependent, _depth, via) => {
      const of = core.dbs.of(number);
      paths.reached(dependent, via);
      const slot = core.findServable(of, dependent);
      if (slot !== 0 && core.memory.fillEpoch(slot) >= epoch) return;
      if (kill(core, of, dependent, null, () => paths.causeOf(dependent))) core.counters.cascaded++;
    });
  }
}
