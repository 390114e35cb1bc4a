/**
 * Where truth comes from. A loader answers for one key template; whoever calls it decides what a result is still worth
 * (fill epochs), how many run at once and who waits. All of them pass test/loaders/contract.ts.
 */
export interface Loader {
  /** The source's name in the configuration. */
  readonly source: string;
  /** Never rejects, and settles within the deadline whatever the source does. */
  load(request: LoadRequest): Promise<LoadResult>;
}

export interface LoadRequest {
  /** Latin1. */
  key: string;
  /** The template's placeholders, latin1. They are data: encoded or bound, never pasted. */
  params: ReadonlyMap<string, string>;
  /** For the whole load, from now. The source's own timeout holds too if it is shorter. */
  deadlineMs: number;
  /** Gives up; the result is then a failure. */
  signal?: AbortSignal;
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
    }
  /** The source says that there is no such thing. */
  | { kind: 'absent' }
  | LoadFailure;

export interface LoadFailure {
  kind: 'failure';
  /** One short printable line, fit for "-ERR loader: <reason>". Holds nothing of what the source sent. */
  reason: string;
  /** Whether the same load may well succeed a little later. */
  retryable: boolean;
}

export function failure(reason: string, retryable: boolean): LoadFailure {
  return { kind: 'failure', reason, retryable };
}
