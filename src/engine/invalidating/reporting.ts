import { whenReady } from '../../base/when-ready';
import type { InvalidateRequest, InvalidationReport } from '../api';
import type { Core } from '../core';
import type { Housekeeping } from '../housekeeping';
import type { LongWork } from '../long-work';
import type { Acting } from './acting';
import { tell } from './outcome';
import type { Plan } from './plan';
import { type Preview, Previewing } from './previewing';
import { Tally } from './tally';

/** Entries looked at for a report; of more a sample of so many is taken. */
const LOOKED_AT_MAX = 512;

/** What INVAL is told: how many entries, where they rest, what they take. */
export class Reporting {
  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
    private readonly acting: Acting,
    private readonly work: LongWork,
  ) {}

  preview(plan: Plan): Preview | Promise<Preview> {
    return this.work.run(new Previewing(this.core, plan).run());
  }

  /** Of a dry run. */
  dryReport(plan: Plan, { tally, soft, cascaded }: Preview, beganMs: number): InvalidationReport {
    const { core } = this;
    return {
      ...figuresOf(tally),
      epoch: 0,
      invalidated: tally.entries,
      exact: true,
      soft,
      byTag: this.byTag(plan),
      cascaded,
      rules: rulesOf(plan),
      dryRun: true,
      tookUs: Math.round((core.world.clock.fineMs() - beganMs) * 1000),
    };
  }

  act(plan: Plan, request: InvalidateRequest, beganMs: number): InvalidationReport | Promise<InvalidationReport> {
    const byTag = this.byTag(plan);
    const carriers = [...byTag.values()].reduce((sum, count) => sum + count, 0);
    const isSampled = carriers > LOOKED_AT_MAX;
    const waits = isSampled && request.sync === true;
    // What stays cannot be counted as it leaves.
    if (waits && plan.soft.length > 0) {
      return whenReady(this.preview(plan), ({ tally }) => this.finish(plan, request, beganMs, byTag, tally, false)) as
        | InvalidationReport
        | Promise<InvalidationReport>;
    }
    return this.finish(plan, request, beganMs, byTag, waits ? null : this.look(plan), isSampled);
  }

  /** `members`: what the carriers of the tags come to; null: to be counted as they leave. */
  private finish(
    plan: Plan,
    request: InvalidateRequest,
    beganMs: number,
    byTag: ReadonlyMap<string, number>,
    members: Tally | null,
    isSampled: boolean,
  ): InvalidationReport | Promise<InvalidationReport> {
    const { core, housekeeping } = this;
    const others = new Tally();
    const leaving = request.sync === true ? new Tally() : null;
    return whenReady(this.acting.act(plan, request, { others, leaving }), (outcome) => {
      const settled = request.sync === true ? housekeeping.whenReclaimed() : undefined;
      return whenReady(settled, (): InvalidationReport => {
        this.acting.doneCounting(outcome);
        const invalidated = tell(core, plan, request, outcome);
        const looked = isSampled ? members?.scaledTo(outcome.died() + outcome.softCarriers) : members;
        return {
          ...figuresOf((looked ?? leaving ?? new Tally()).plus(others)),
          epoch: outcome.epoch,
          invalidated,
          exact: members === null || !isSampled,
          soft: outcome.softCarriers + outcome.softened,
          byTag,
          cascaded: outcome.cascaded,
          rules: rulesOf(plan),
          dryRun: false,
          tookUs: Math.round((core.world.clock.fineMs() - beganMs) * 1000),
        };
      });
    }) as InvalidationReport | Promise<InvalidationReport>;
  }

  /** The carriers of the tags, or the first of them. */
  private look(plan: Plan): Tally {
    const { core } = this;
    const tally = new Tally();
    const seen = new Set<number>();
    for (const tag of [...plan.hard, ...plan.soft]) {
      core.tags.members(tag, (slot) => {
        if (seen.has(slot)) return true;
        seen.add(slot);
        tally.add(core, slot);
        return seen.size < LOOKED_AT_MAX;
      });
    }
    return tally;
  }

  private byTag({ hard, soft }: Plan): Map<string, number> {
    const counts = new Map<string, number>();
    for (const tag of [...hard, ...soft]) counts.set(tag, this.core.tags.live(tag));
    return counts;
  }
}

function rulesOf({ expansion }: Plan): string[] {
  return [...new Set(expansion.fired.map(({ rule }) => rule.spec.name))];
}

function figuresOf({ memory, disk, bytes, reloadUs }: Tally) {
  return { byLayer: { memory, disk }, bytes, reloadUs: Math.round(reloadUs) };
}
