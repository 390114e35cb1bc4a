/** What the origin is told, and what it says. */
export type ToOrigin = { id: number; do: 'counts' | 'die' | 'revive' | 'forget' };

/** Since the last `forget`. */
export interface OriginCounts {
  /** Requests, by the first word of their path. */
  calls: Record<string, number>;
  /** Most requests at once. */
  atOnceMax: number;
  /** Connections refused while it was dead. */
  refused: number;
  /** By the first word of the path: requests of each second, from the first on. */
  perSecond: Record<string, number[]>;
}

export type FromOrigin = { port: number } | { id: number; counts: OriginCounts };
