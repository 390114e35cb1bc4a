import { bytesOf, copyOf } from '../base/bytes';
import { whenReady } from '../base/when-ready';
import type { LeaseAnswer, Value } from './api';
import type { Core } from './core';
import type { LeaseRequest, Leases, Told } from './leases';
import type { Reading } from './reading';
import { copyOfValue } from './values';

const WAIT: LeaseAnswer = { state: 'wait', value: null, token: null };

/** LEASE: the value if there is one, else the lease, else (with a wait) whichever comes first. */
export class Leasing {
  constructor(
    private readonly core: Core,
    private readonly reading: Reading,
    private readonly leases: Leases,
  ) {}

  lease(request: LeaseRequest, waitMs: number): LeaseAnswer | Promise<LeaseAnswer> {
    this.leases.check(request.ttlMs, waitMs);
    const until = this.core.now + waitMs;
    const found = this.reading.getStored(request.db, request.key);
    return whenReady(found, (value) => this.answer(request, until, value)) as LeaseAnswer | Promise<LeaseAnswer>;
  }

  private answer(request: LeaseRequest, until: number, value: Value | null): LeaseAnswer | Promise<LeaseAnswer> {
    const { core, leases } = this;
    const physical = core.dbs.of(request.db);
    const isBusy = leases.isBusy(physical, request.key);
    if (value !== null) {
      if (!core.isStale(core.findServable(physical, request.key))) {
        core.counters.leaseHits++;
        return { state: 'hit', value, token: null };
      }
      core.counters.leaseStaleHits++;
      return { state: 'stale', value, token: isBusy ? null : leases.grant(request) };
    }
    if (!isBusy) return { state: 'won', value: null, token: leases.grant(request) };
    const waitMs = until - core.now;
    core.counters.leaseWaits++;
    if (waitMs <= 0) return WAIT;
    const own = { ...request, key: bytesOf(copyOf(request.key)) };
    return leases.wait(own, waitMs).then((told) => this.told(own, until, told));
  }

  private told(request: LeaseRequest, until: number, told: Told): LeaseAnswer | Promise<LeaseAnswer> {
    if (told.kind === 'over') return WAIT;
    if (told.kind === 'won') return { state: 'won', value: null, token: told.token };
    const found = this.reading.getStored(request.db, request.key);
    // The waiter is told a few turns of promises later: until then a view would be pointed elsewhere.
    const kept = (value: Value | null) => this.answer(request, until, value === null ? null : copyOfValue(value));
    return whenReady(found, kept) as LeaseAnswer | Promise<LeaseAnswer>;
  }
}
