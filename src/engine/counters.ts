/** Why a key is not there any more. The numbers are on disk and never change meaning; they index `Counters.misses`. */
export const LOSSES = [
  'absent',
  'expired',
  'evicted',
  'deleted',
  'invalidated',
  'killed',
  'flushed',
  'lost',
  'overwritten',
  'fenced',
] as const;
export type Loss = (typeof LOSSES)[number];

/** What a refused fill was: a loader's, a lease's, a client's after a miss, another one whose beginning is known. */
export type FenceKind = 'load' | 'lease' | 'miss' | 'other';

/** What the engine counts while it works: plain numbers, so that counting costs an addition. */
export class Counters {
  gets = 0;
  memoryHits = 0;
  diskHits = 0;
  originHits = 0;
  /** Hits of memory and disk that were stale. */
  staleHits = 0;
  /** Loads begun to replace what is stale. */
  refreshes = 0;
  refreshFailures = 0;
  /** Those of `refreshes` that were begun before the value was stale. */
  refreshesAhead = 0;
  /** What refreshes brought: another value, the same one. */
  refreshesChanged = 0;
  refreshesUnchanged = 0;
  /** Loaded though nobody waited for it, and read since; or never. */
  refreshesUsed = 0;
  refreshesWasted = 0;
  /** Stale values given since the load took too long, and since it failed. */
  softTimeouts = 0;
  staleOnError = 0;
  /** GETs answered by what a source said before: that there is no such thing. */
  negativeHits = 0;
  /** Keys of MGETs that were null since their load failed. */
  nullsForFailures = 0;
  /** Misses by reason, in the order of LOSSES. */
  readonly misses = new Float64Array(LOSSES.length);
  sets = 0;
  deletes = 0;
  expired = 0;
  evicted = 0;
  /** Residents that went on as stubs, their value on disk only. */
  demoted = 0;
  stubsEvicted = 0;
  promoted = 0;
  invalidations = 0;
  invalidatedEntries = 0;
  softInvalidations = 0;
  /** Entries made stale by them; those they killed are among invalidatedEntries. */
  softenedEntries = 0;
  cascaded = 0;
  /** Fills that were not stored, since an invalidation or a write overtook them. */
  fencedFills = 0;
  fencedLoads = 0;
  fencedLeases = 0;
  /** TAGSETs (and SETs with `fence: on`) after a miss of their connection. */
  fencedMisses = 0;
  leaseHits = 0;
  leaseStaleHits = 0;
  leasesWon = 0;
  /** LEASEs that waited, and those of them that waited in vain. */
  leaseWaits = 0;
  leaseWaitTimeouts = 0;
  /** Leases that ended with their value stored. */
  leasesStored = 0;
  /** Leases that ended by an invalidation or a write. */
  leasesVoided = 0;
  leasesExpired = 0;
  /** Leases that ended with their client's connection. */
  leasesAbandoned = 0;
  /** Keys asked of sources, and the calls that asked for them. */
  loads = 0;
  loadCalls = 0;
  loadFailures = 0;
  loadsCoalesced = 0;
  loadsRefused = 0;
  /** Not begun: the last ones of the key failed just now. */
  loadsBackedOff = 0;
  /** Time spent in loads, ms. */
  loadMs = 0;
  /** Reads that the disk layer refused: answered as misses. */
  diskReadFailures = 0;
  diskRowsShed = 0;
  diskRowsNotAdmitted = 0;

  fenced(kind: FenceKind): void {
    this.fencedFills++;
    if (kind === 'load') this.fencedLoads++;
    else if (kind === 'lease') this.fencedLeases++;
    else if (kind === 'miss') this.fencedMisses++;
  }

  reset(): void {
    for (const name of Object.keys(this) as (keyof this)[]) {
      if (typeof this[name] === 'number') (this[name] as number) = 0;
    }
    this.misses.fill(0);
  }

  get missesTotal(): number {
    let sum = 0;
    for (const count of this.misses) sum += count;
    return sum;
  }
}
