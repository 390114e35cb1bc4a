import { Pace } from '../../base/pace';
import type { Cancel, World } from '../../base/world';
import type { LoadResult } from '../../loaders/loader';
import type { FamilySource } from '../families';
import type { SourceState } from '../quiet-loads';
import { Breaker } from './breaker';
import type { Call } from './call';
import { Capacity } from './capacity';
import { Latencies } from './latencies';
import type { FillLimits } from './limits';

/** A source as the engine sees it: who waits for it, how it does. */
export class Source {
  readonly breaker: Breaker;
  readonly latencies = new Latencies();
  readonly capacity = new Capacity();
  /** Calls in line, oldest first. */
  readonly line: Call[] = [];
  /** By template: the call that more keys may join. */
  readonly open = new Map<number, Call>();
  cancelLineTimer: Cancel | undefined;
  cancelPaceTimer: Cancel | undefined;
  running = 0;
  quietRunning = 0;
  calls = 0;
  keys = 0;
  failures = 0;
  refused = 0;
  coalesced = 0;
  /** What waiting for each load of another would have taken, ms. */
  savedMs = 0;
  lastFailure = '';
  private readonly pace = new Pace();

  constructor(
    readonly facts: FamilySource,
    private readonly world: World,
    private readonly limits: FillLimits,
  ) {
    this.breaker = new Breaker(world, {
      get breakerFailures() {
        return facts.breakerFailures ?? limits.breakerFailures;
      },
      get breakerRetryMs() {
        return facts.breakerRetryMs ?? limits.breakerRetryMs;
      },
      get breakerRetryMaxMs() {
        return Math.max(limits.breakerRetryMaxMs, facts.breakerRetryMs ?? 0);
      },
    });
  }

  get callsMax(): number {
    return this.facts.callsMax ?? this.limits.sourceCallsMax;
  }

  /** Until `calls-per-second-max` allows another call, ms; 0: now. */
  get paceWaitMs(): number {
    return this.facts.callsPerSecondMax === undefined ? 0 : this.pace.waitMs(this.world.clock.now);
  }

  /** A call begins. */
  step(): void {
    if (this.facts.callsPerSecondMax !== undefined) this.pace.step(this.world.clock.now, this.facts.callsPerSecondMax);
  }

  get quietCallsMax(): number {
    return Math.max(1, Math.floor(Math.min(this.callsMax, this.limits.loadsMax) * this.limits.quietShare));
  }

  /** Loads in line. */
  get waiting(): number {
    let loads = 0;
    for (const call of this.line) loads += call.loads.length;
    for (const call of this.open.values()) if (call.cancelGathering !== undefined) loads += call.loads.length;
    return loads;
  }

  answered(call: Call, results: readonly LoadResult[], tookMs: number): void {
    this.latencies.add(tookMs);
    const failures = results.filter((result) => result.kind === 'failure');
    this.failures += failures.length;
    if (failures.length > 0) this.lastFailure = failures[0]!.reason;
    const isDead = failures.length === results.length && failures.every(({ retryable }) => retryable);
    const retryAfterMs = failures.reduce((longest, each) => Math.max(longest, each.retryAfterMs ?? 0), 0);
    if (isDead || retryAfterMs > 0) this.breaker.failed(call.decides, retryAfterMs);
    else {
      this.breaker.succeeded(call.decides);
      this.capacity.answered(this.world.clock.now, tookMs);
    }
  }

  state(): SourceState {
    const { breaker, latencies, facts } = this;
    const { running, quietRunning, waiting, calls, keys, failures, refused, coalesced, lastFailure } = this;
    return {
      name: facts.name,
      kind: facts.kind,
      breaker: breaker.state,
      retryInMs: breaker.retryInMs,
      running,
      quietRunning,
      waiting,
      calls,
      keys,
      failures,
      refused,
      coalesced,
      meanMs: latencies.meanMs,
      p50Ms: latencies.percentileMs(0.5),
      p99Ms: latencies.percentileMs(0.99),
      capacityPerSecond: this.capacity.perSecond,
      callsPerSecondMax: facts.callsPerSecondMax,
      lastFailure,
    };
  }
}
