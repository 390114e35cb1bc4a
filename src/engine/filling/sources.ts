import { failure, type LoadResult } from '../../loaders/loader';
import type { Core } from '../core';
import type { FamilyLoad } from '../families';
import { Call } from './call';
import type { FillLimits } from './limits';
import type { Load } from './load';
import { Source } from './source';

/** A loader that has not settled so long after its deadline is broken: nobody waits for it any more. */
const OVERDUE_MS = 1_000;
/** Those of the configuration all have a place; a source met with its first load may be one of this many. */
const SOURCES_MAX = 10_000;

const OVERDUE = failure('the loader did not end by its deadline', true);
const LATE = failure('timed out in line', true);
const UNAVAILABLE = 'unavailable';

/** What a load is told when it ends. */
export type Ended = (load: Load, result: LoadResult, tookMs: number) => void;

/** Which call goes when: as many at once as the limits say, those that wait first, in their order, sources in turn. */
export class Sources {
  private readonly byName = new Map<string, Source>();
  private running = 0;
  private turn = 0;
  /** Before each call begins: what it gives along. */
  beginning: (load: Load) => void = () => {};
  /** A source that was taken for dead answers. */
  recovered: () => void = () => {};

  constructor(
    private readonly core: Core,
    private readonly limits: FillLimits,
    private readonly ended: Ended,
  ) {
    for (const facts of core.families.sources ?? []) this.byName.set(facts.name, new Source(facts, core.world, limits));
  }

  get all(): readonly Source[] {
    return [...this.byName.values()];
  }

  of({ source: name }: Pick<FamilyLoad, 'source'>): Source {
    let source = this.byName.get(name);
    if (source === undefined) {
      source = new Source({ name, kind: 'module' }, this.core.world, this.limits);
      if (this.byName.size < SOURCES_MAX) this.byName.set(name, source);
    }
    return source;
  }

  /** Why no call may be made now. */
  refusal(source: Source): string | undefined {
    if (source.breaker.mayCall) return undefined;
    source.refused++;
    return refusedBy(source);
  }

  /** Whether a load that nobody waits for may go: others come first, and always find calls left. */
  hasRoomForQuiet(load: FamilyLoad): boolean {
    const source = this.of(load);
    // Where nobody else asks, it is one of these that finds out whether a dead source is back.
    if (!source.breaker.mayCall || source.line.length > 0 || source.paceWaitMs > 0) return false;
    const open = source.open.get(load.template);
    if (open?.isQuiet === true) return true;
    const gathering = [...source.open.values()].filter((call) => call.cancelGathering !== undefined).length;
    const mine = Math.min(source.callsMax, this.limits.loadsMax);
    const quiet = source.quietRunning + gathering;
    const free = Math.min(mine - source.running, this.limits.loadsMax - this.running) - gathering;
    return (
      quiet < source.quietCallsMax && free > Math.min(mine - 1, Math.floor(mine * (1 - this.limits.quietShare) * 0.5))
    );
  }

  submit(load: Load): void {
    const source = this.of(load.from);
    const { template, batchKeysMax } = load.from;
    const known = source.open.get(template);
    const call = known ?? this.newCall(load, batchKeysMax);
    call.loads.push(load);
    if (batchKeysMax === 1) this.ready(source, call);
    else if (known === undefined) this.gather(source, call);
    if (call.isFull && source.open.get(template) === call) this.seal(source, call);
  }

  private newCall({ from, patience }: Load, keysMax: number): Call {
    return new Call(from.template, keysMax, this.core.now + patience.hardTimeoutMs);
  }

  private gather(source: Source, call: Call): void {
    const { scheduler } = this.core.world;
    const { batchWaitMs } = this.limits;
    const over = () => {
      call.cancelGathering = undefined;
      this.ready(source, call);
    };
    source.open.set(call.template, call);
    call.cancelGathering = batchWaitMs > 0 ? scheduler.after(batchWaitMs, over) : scheduler.soon(over);
  }

  /** It is full: it waits for no more keys. */
  private seal(source: Source, call: Call): void {
    source.open.delete(call.template);
    if (call.cancelGathering === undefined) return;
    call.cancelGathering();
    call.cancelGathering = undefined;
    this.ready(source, call);
  }

  // --- the line ------------------------------------------------------------------------------------------------------------

  private ready(source: Source, call: Call): void {
    if (source.line.length === 0 && this.isFree(source)) this.run(source, call);
    else {
      source.line.push(call);
      this.watchLine(source);
      this.watchPace(source);
    }
  }

  private isFree(source: Source): boolean {
    return this.running < this.limits.loadsMax && source.running < source.callsMax && source.paceWaitMs === 0;
  }

  /** A line that waits for nothing but `calls-per-second-max` goes on by itself. */
  private watchPace(source: Source): void {
    const waitMs = source.paceWaitMs;
    if (waitMs === 0 || source.line.length === 0 || source.cancelPaceTimer !== undefined) return;
    source.cancelPaceTimer = this.core.world.scheduler.after(Math.ceil(waitMs), () => {
      source.cancelPaceTimer = undefined;
      this.core.world.clock.refresh();
      this.dispatch();
      this.watchPace(source);
    });
  }

  /** Calls that free places allow, one a source in turn. */
  private dispatch(): void {
    const sources = this.all;
    for (let idle = 0; idle < sources.length && this.running < this.limits.loadsMax; this.turn++) {
      const source = sources[this.turn % sources.length]!;
      if (source.line.length > 0 && this.isFree(source)) {
        idle = 0;
        this.run(source, source.line.shift()!);
        this.watchPace(source);
      } else idle++;
    }
  }

  /** Who has waited in line until the deadline waits no longer. */
  private watchLine(source: Source): void {
    const first = source.line[0];
    if (first === undefined || source.cancelLineTimer !== undefined) return;
    const { clock, scheduler } = this.core.world;
    source.cancelLineTimer = scheduler.after(Math.max(1, first.deadlineAtMs - clock.now), () => {
      source.cancelLineTimer = undefined;
      const now = clock.refresh();
      const late = source.line.filter(({ deadlineAtMs }) => deadlineAtMs <= now);
      for (const call of late) source.line.splice(source.line.indexOf(call), 1);
      for (const call of late) this.endUnasked(source, call, LATE);
      this.watchLine(source);
    });
  }

  // --- a call --------------------------------------------------------------------------------------------------------------

  private run(source: Source, call: Call): void {
    const { core } = this;
    if (!source.breaker.mayCall) {
      this.refuse(source, call);
      return;
    }
    if (source.open.get(call.template) === call) source.open.delete(call.template);
    this.count(source, call, 1);
    const epoch = core.epochs.note();
    for (const load of call.loads) {
      load.begin(epoch, core.now);
      this.beginning(load);
    }
    this.send(source, call);
  }

  private send(source: Source, call: Call): void {
    const { clock, scheduler } = this.core.world;
    const deadlineMs = Math.max(1, call.deadlineAtMs - clock.now);
    const controller = new AbortController();
    const beganMs = clock.fineMs();
    let isOver = false;
    const over = (results: readonly LoadResult[]) => {
      if (isOver) return;
      isOver = true;
      cancelGuard();
      clock.refresh();
      const tookMs = clock.fineMs() - beganMs;
      this.count(source, call, -1);
      source.answered(call, results, tookMs);
      if (call.decides && source.breaker.state === 'closed') this.recovered();
      this.end(source, call, results, tookMs);
      if (!source.breaker.mayCall) this.clearLine(source);
      this.dispatch();
    };
    const cancelGuard = scheduler.after(deadlineMs + OVERDUE_MS, () => {
      controller.abort();
      over(call.loads.map(() => OVERDUE));
    });
    void call.ask({ deadlineMs, signal: controller.signal }).then(over);
  }

  private count(source: Source, call: Call, by: 1 | -1): void {
    if (by === 1) {
      call.decides = source.breaker.begin();
      call.countsAsQuiet = call.isQuiet;
      source.step();
      source.calls++;
      source.keys += call.loads.length;
      this.core.counters.loads += call.loads.length;
      this.core.counters.loadCalls++;
    }
    this.running += by;
    source.running += by;
    if (call.countsAsQuiet) source.quietRunning += by;
  }

  private end(source: Source, call: Call, results: readonly LoadResult[], tookMs: number): void {
    if (source.open.get(call.template) === call) source.open.delete(call.template);
    call.loads.forEach((load, i) => {
      this.ended(load, results[i]!, tookMs);
    });
  }

  /** It never begins. */
  private endUnasked(source: Source, call: Call, reason: LoadResult): void {
    const results = call.loads.map(() => reason);
    this.end(source, call, results, 0);
  }

  private refuse(source: Source, call: Call): void {
    source.refused += call.loads.length;
    this.endUnasked(source, call, failure(refusedBy(source), true));
  }

  /** The source is taken for dead: its line need not wait for it. */
  private clearLine(source: Source): void {
    for (const call of source.line.splice(0)) this.refuse(source, call);
  }
}

function refusedBy({ facts: { name }, lastFailure }: Source): string {
  return `${name} is ${UNAVAILABLE}${lastFailure === '' ? '' : ` (${lastFailure})`}`;
}
