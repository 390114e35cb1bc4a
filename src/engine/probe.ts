import type { Bytes } from '../base/bytes';
import type { QuietOutcome } from './quiet-loads';

/**
 * News for whoever watches (monitoring, later WHY and the invalidation feed). The engine owns this interface and calls it;
 * an implementation must be quick and must not call back.
 */
export interface Probe {
  evicted(slot: number): void;
  invalidated(event: InvalidationEvent): void;
  /** A load ended, whatever came of it. Never called while a hit is served. */
  loaded?(news: LoadNews): void;
  /**
   * A GET that memory answered; most are not told of, and this one stands for `weight` of them. `tookMs` below 0: not
   * measured. Databases are physical, keys only valid during the call.
   */
  hit?(db: number, key: Bytes, sizeBytes: number, weight: number, tookMs: number): void;
  /** A hit of a stale value. */
  staleHit?(db: number, key: Bytes): void;
  /** A GET asked the disk. `sizeBytes` below 0: it was not there. */
  diskRead?(db: number, key: Bytes, sizeBytes: number, tookMs: number): void;
  /** A GET that no layer could answer; `reason` is an index into LOSSES. */
  missed?(db: number, key: Bytes, reason: number): void;
  /** So many entries died at once that what was wanted of them may be worth loading before it is asked for. */
  massInvalidated?(event: InvalidationEvent): void;
}

export interface LoadNews {
  /** Physical. */
  db: number;
  /** May be kept. */
  key: Buffer;
  /** The template's pattern. */
  family: string;
  tookMs: number;
  /** Nobody waited for it. */
  quiet: boolean;
  outcome: QuietOutcome;
}

/** Entries of one invalidation. */
export const MASS_ENTRIES = 100;

export interface InvalidationEvent {
  epoch: number;
  /** Wall clock ms. */
  atMs: number;
  tags: readonly string[];
  keys: number;
  died: number;
  cascaded: number;
  /** Who asked for it, and why, if they said. */
  client?: string | undefined;
  reason?: string | undefined;
}

export const SILENT: Probe = { evicted() {}, invalidated() {} };
