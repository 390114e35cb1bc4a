import type { Family, RefreshAhead, Staleness } from '../families';

/** What the settings say about loads; read anew each time. Times are milliseconds. */
export interface FillLimits {
  /** Calls to sources at once; more wait in line. */
  readonly loadsMax: number;
  /** Of them to one source, where its configuration says nothing else. */
  readonly sourceCallsMax: number;
  /** Readers waiting for loads, over all keys; more are refused. */
  readonly waitersMax: number;
  /** A load ends by then. */
  readonly deadlineMs: number;
  /** TTL of loaded values whose template names none; 0: none. */
  readonly defaultTtlMs: number;
  /** Keys of one template that miss within this time go in one call; 0: within a turn of the event loop. */
  readonly batchWaitMs: number;
  readonly softTimeoutMs: number;
  readonly refreshAhead: RefreshAhead;
  readonly negativeTtlMs: number;
  readonly negativeKeysMax: number;
  /** Loaded values whose validator and period are remembered. */
  readonly validatorsMax: number;
  /** Failed calls in a row that open a source's breaker. */
  readonly breakerFailures: number;
  /** How long it stays open the first time, and at most. */
  readonly breakerRetryMs: number;
  readonly breakerRetryMaxMs: number;
  /** No load of a key so long after its second failure in a row; doubled with each more. */
  readonly backOffMs: number;
  readonly backOffMaxMs: number;
  /** Of a source's calls, those that nobody waits for, 0 to 1. */
  readonly quietShare: number;
}

/** The defaults of the settings. */
export const FILL_LIMITS: FillLimits = {
  loadsMax: 256,
  sourceCallsMax: 128,
  waitersMax: 100_000,
  deadlineMs: 5_000,
  defaultTtlMs: 0,
  batchWaitMs: 0,
  softTimeoutMs: 0,
  refreshAhead: { kind: 'off' },
  negativeTtlMs: 0,
  negativeKeysMax: 100_000,
  validatorsMax: 100_000,
  breakerFailures: 5,
  breakerRetryMs: 1_000,
  breakerRetryMaxMs: 4_000,
  backOffMs: 100,
  backOffMaxMs: 4_000,
  quietShare: 0.5,
};

/** What a template leaves to the settings. */
export class Patience {
  private readonly own: Staleness;

  constructor(
    private readonly family: Family,
    private readonly limits: FillLimits,
  ) {
    this.own = family.load?.staleness ?? {};
  }

  get staleIfErrorMs(): number {
    return this.own.staleIfErrorMs ?? this.family.graceMs ?? 0;
  }
  get softTimeoutMs(): number {
    return this.own.softTimeoutMs ?? this.limits.softTimeoutMs;
  }
  get hardTimeoutMs(): number {
    return this.own.hardTimeoutMs ?? this.limits.deadlineMs;
  }
  get refreshAhead(): RefreshAhead {
    return this.own.refreshAhead ?? this.limits.refreshAhead;
  }
  get negativeTtlMs(): number {
    return this.own.negativeTtlMs ?? this.limits.negativeTtlMs;
  }
  /** Undefined: the time to live is what it is. */
  get period(): { minMs: number; maxMs: number } | undefined {
    const { refreshMinMs, refreshMaxMs } = this.own;
    if (!refreshMaxMs) return undefined;
    return { minMs: Math.min(refreshMinMs || 1_000, refreshMaxMs), maxMs: refreshMaxMs };
  }
}
