/**
 * News for whoever watches (monitoring, later WHY and the invalidation feed). The engine owns this interface and calls it;
 * an implementation must be quick and must not call back.
 */
export interface Probe {
  evicted(slot: number): void;
  invalidated(event: InvalidationEvent): void;
}

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
