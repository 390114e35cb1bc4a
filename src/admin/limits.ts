/** What the admin port allows; tests tighten it. */
export interface AdminLimits {
  /** Connections at once; more are closed as they come. */
  readonly connectionsMax: number;
  /** Of a request's head. */
  readonly headBytesMax: number;
  readonly bodyBytesMax: number;
  /** A head, and a whole request, must be there within. */
  readonly headMs: number;
  readonly requestMs: number;
  /** A connection on which nothing moves is closed after. */
  readonly idleMs: number;
  /** Open /api/events at once. */
  readonly listenersMax: number;
  /** A listener that leaves so much unread is dropped. */
  readonly listenerBytesMax: number;
  /** How long a wrong token waits for its answer, and how many of one address may wait. */
  readonly wrongTokenMs: number;
  readonly wrongTokensMax: number;
}

export const ADMIN_LIMITS: AdminLimits = {
  connectionsMax: 128,
  /** The longest key, percent-encoded, with room for the rest. */
  headBytesMax: 16 * 1024,
  bodyBytesMax: 64 * 1024,
  headMs: 5_000,
  requestMs: 10_000,
  idleMs: 60_000,
  listenersMax: 16,
  listenerBytesMax: 256 * 1024,
  wrongTokenMs: 500,
  wrongTokensMax: 4,
};

/** Of answers. */
export const ROWS_MAX = 1_000;
export const TAGS_MAX = 200;
export const GRAPH_KEYS_MAX = 200;
export const GRAPH_DEPTH_MAX = 5;
export const POINTS_MAX = 720;
export const FEED_EVENTS_MAX = 256;
/** Of one request that invalidates or warms. */
export const NAMES_MAX = 1_000;
/** No piece of work of this port holds the event loop for longer, as far as it can be cut. */
export const SLICE_MS = 1;
