import type { Bytes } from '../base/bytes';
import { Fault } from '../base/fault';
import { whenReady } from '../base/when-ready';
import type { Context } from '../invalidation/rules/expansion';
import type { Causer, InvalidateRequest, InvalidationReport } from './api';
import type { Cascading } from './cascading';
import type { CauseKind } from './causes';
import type { Core } from './core';
import type { Housekeeping } from './housekeeping';
import { Acting, type Why } from './invalidating/acting';
import { tell } from './invalidating/outcome';
import { type Plan, planOf } from './invalidating/plan';
import type { Preview } from './invalidating/previewing';
import { Reporting } from './invalidating/reporting';
import type { LongWork } from './long-work';

/** Invalidation, hard and soft, by tags, keys and writes of rows: short forms that count, and the whole with its report. */
export class Invalidating {
  private readonly acting: Acting;
  private readonly reporting: Reporting;

  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
    cascading: Cascading,
    work: LongWork,
  ) {
    this.acting = new Acting(core, housekeeping, cascading);
    this.reporting = new Reporting(core, housekeeping, this.acting, work);
  }

  // --- the short forms ---------------------------------------------------------------------------------------------------

  tags(tags: readonly string[], by: Causer = {}): number | Promise<number> {
    return this.count({ tags, ...by });
  }

  /** A row of this type was written. */
  write(type: string, id: string | undefined, context: Context, by: Causer = {}): number | Promise<number> {
    return this.count({ write: { type, id, context }, ...by });
  }

  /** `kind` and `tag` say why, where it is not simply that a client named the keys. */
  keys(
    db: number,
    keys: readonly Bytes[],
    by: Causer & { tag?: string | undefined } = {},
    kind: CauseKind = 'key',
  ): number | Promise<number> {
    const { client, reason, tag } = by;
    return this.count({ db, keys, client, reason }, { kind, tag });
  }

  private count(request: InvalidateRequest, why?: Why): number | Promise<number> {
    return this.whenReady(request, () => {
      const plan = this.planOf(request);
      const acted = this.acting.act(plan, request, undefined, why);
      return whenReady(acted, (outcome) => tell(this.core, plan, request, outcome));
    });
  }

  // --- the whole -----------------------------------------------------------------------------------------------------------

  invalidate(request: InvalidateRequest): InvalidationReport | Promise<InvalidationReport> {
    const { reporting } = this;
    const beganMs = this.core.world.clock.fineMs();
    return this.whenReady(request, () => {
      const plan = this.planOf(request);
      if (request.dryRun !== true && request.limit === undefined) return reporting.act(plan, request, beganMs);
      return whenReady(reporting.preview(plan), (preview) => {
        checkLimit(preview, request.limit);
        if (request.dryRun === true) return reporting.dryReport(plan, preview, beganMs);
        // Time may have passed.
        return this.whenReady(request, () => reporting.act(this.planOf(request), request, beganMs));
      }) as InvalidationReport | Promise<InvalidationReport>;
    });
  }

  private planOf(request: InvalidateRequest): Plan {
    return planOf(request, this.core.dbs.of(request.db ?? 0), this.core.rules);
  }

  /** Tags are counted, so nothing dead may be counted still; for keys the directory must be known. */
  private whenReady<R>({ tags, write, limit, dryRun }: InvalidateRequest, run: () => R | Promise<R>): R | Promise<R> {
    const { housekeeping } = this;
    const counts = tags !== undefined || write !== undefined || limit !== undefined || dryRun === true;
    return whenReady(counts ? housekeeping.whenExact() : housekeeping.whenLoaded(), run) as R | Promise<R>;
  }
}

function checkLimit({ tally }: Preview, limit: number | undefined): void {
  if (limit === undefined || tally.entries <= limit) return;
  const entries = tally.entries === 1 ? '1 entry' : `${tally.entries} entries`;
  throw new Fault(`ERR ${entries} would be invalidated, more than LIMIT ${limit}; nothing was`);
}
