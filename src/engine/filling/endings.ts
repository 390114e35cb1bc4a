import { bytesOf } from '../../base/bytes';
import type { LoadResult } from '../../loaders/loader';
import type { Core } from '../core';
import type { QuietOutcome } from '../quiet-loads';
import type { BackOff } from './back-off';
import type { Keeping } from './keeping';
import type { Load, Waiter } from './load';
import { answer, reject } from './waiters';

const NO_NAMES: readonly string[] = [];

export interface EndingParts {
  readonly core: Core;
  readonly keeping: Keeping;
  readonly backOff: BackOff;
  /** What came is not for this one, who asked later: another load. */
  askAgain(load: Load, waiter: Waiter): void;
}

/** How a load ends: what it is still worth, who is given it, who must ask again. */
export class Endings {
  constructor(private readonly parts: EndingParts) {}

  /** All who waited are answered, or wait for another load. */
  finish(load: Load, loaded: LoadResult): QuietOutcome {
    const { core, keeping, backOff } = this.parts;
    const own = loaded.kind === 'value' ? loaded : undefined;
    const ownOvertaken = own !== undefined && load.isOvertaken(core, own.tags ?? NO_NAMES, own.sources ?? NO_NAMES);
    if (ownOvertaken || load.isOvertaken(core, load.tags, load.dependsOn)) {
      const named = [...load.tags, ...(own?.tags ?? NO_NAMES)];
      core.losing.fenced(load.db, bytesOf(load.key), named, load.epoch, 'load');
      this.finishOld(load, loaded, ownOvertaken);
      return 'fenced';
    }
    switch (loaded.kind) {
      case 'value':
        return this.finishValue(load, loaded);
      case 'unchanged':
        return this.finishUnchanged(load, loaded);
      case 'absent':
        keeping.absent(load, loaded);
        for (const waiter of load.waiters) answer(waiter, null);
        return 'absent';
      case 'failure':
        if (load.hasBegun) keeping.failed(load, backOff.failed(load.name, loaded));
        for (const waiter of load.waiters) reject(waiter, loaded, core.counters);
        return 'failed';
    }
  }

  private finishValue(load: Load, loaded: LoadResult & { kind: 'value' }): QuietOutcome {
    const outcome = this.parts.keeping.keep(load, loaded);
    for (const waiter of load.waiters) answer(waiter, loaded.value);
    return outcome;
  }

  private finishUnchanged(load: Load, loaded: LoadResult & { kind: 'unchanged' }): QuietOutcome {
    const value = this.parts.keeping.renew(load, loaded);
    if (value === null) {
      this.parts.keeping.facts.delete(load.name);
      for (const waiter of load.waiters) this.parts.askAgain(load, waiter);
      return 'fenced';
    }
    for (const waiter of load.waiters) answer(waiter, value);
    return 'unchanged';
  }

  /**
   * What was read is older than an invalidation: not stored, and only for those who asked before it. Who joined did so
   * before anything of the family was invalidated. What the value itself names nobody knew then, and of several
   * invalidations only the last is known now: there, only those who asked before the first that may have been.
   */
  private finishOld(load: Load, loaded: LoadResult, byItsOwn: boolean): void {
    for (const waiter of load.waiters) {
      if (loaded.kind === 'unchanged') this.parts.askAgain(load, waiter);
      else if (!byItsOwn || waiter.epoch <= load.epoch) this.answerOld(waiter, loaded);
      else this.parts.askAgain(load, waiter);
    }
  }

  private answerOld(waiter: Waiter, loaded: Exclude<LoadResult, { kind: 'unchanged' }>): void {
    if (loaded.kind === 'failure') reject(waiter, loaded, this.parts.core.counters);
    else answer(waiter, loaded.kind === 'value' ? loaded.value : null);
  }
}
