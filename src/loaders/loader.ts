/**
 * Where truth comes from. A loader answers for one key template; whoever calls it decides what a result is still worth
 * (fill epochs), how many run at once and who waits. All of them pass test/loaders/contract.ts.
 */
export interface Loader {
  /** The source's name in the configuration. */
  readonly source: string;
  /** Never rejects, and settles within the deadline whatever the source does. */
  load(request: LoadRequest): Promise<LoadResult>;
  /** Keys that one call may ask for; absent or 1: `load` only. */
  readonly batchKeysMax?: number;
  /** As `load`, for up to `batchKeysMax` keys of the template in one call: results in the order of the keys, each its own. */
  loadMany?(request: LoadManyRequest): Promise<LoadResult[]>;
}

/** One key of a call. */
export interface LoadItem {
  /** Latin1. */
  key: string;
  /** The template's placeholders, latin1. They are data: encoded or bound, never pasted. */
  params: ReadonlyMap<string, string>;
}

export interface LoadManyRequest {
  items: readonly LoadItem[];
  /** For the whole call, from now. The source's own timeout holds too if it is shorter. */
  deadlineMs: number;
  /** Gives up; all results are then failures. */
  signal?: AbortSignal;
}

export interface LoadRequest extends LoadItem {
  /** For the whole load, from now. The source's own timeout holds too if it is shorter. */
  deadlineMs: number;
  /** Gives up; the result is then a failure. */
  signal?: AbortSignal;
  /** Of the value that is there, as a load gave it: the source may answer `unchanged`. */
  validator?: string;
}

export type LoadResult =
  | {
      kind: 'value';
      value: Buffer;
      /** Instead of the template's; absent: the template's. */
      ttlMs?: number;
      /** Beside the template's, latin1. */
      tags?: readonly string[];
      /** Keys this value was made from, latin1. */
      sources?: readonly string[];
      /** What making it cost, in microseconds, where the source knows better than the time the load took. */
      costUs?: number;
      /** For those who wait only: not to be stored. */
      store?: false;
      /** Says which value this is (ETag, Last-Modified); opaque, given back with the next load. */
      validator?: string;
    }
  /** Only where a validator was given: the value that is there is still right. */
  | { kind: 'unchanged'; ttlMs?: number }
  /** The source says that there is no such thing. `ttlMs`: how long that may be remembered, instead of negative-ttl. */
  | { kind: 'absent'; ttlMs?: number }
  | LoadFailure;

export interface LoadFailure {
  kind: 'failure';
  /** One short printable line, fit for "-ERR loader: <reason>". Holds nothing of what the source sent. */
  reason: string;
  /** Whether the same load may well succeed a little later. */
  retryable: boolean;
  /** The source asked not to be called for so long (429 and 503 with Retry-After). */
  retryAfterMs?: number;
}

export function failure(reason: string, retryable: boolean): LoadFailure {
  return { kind: 'failure', reason, retryable };
}
