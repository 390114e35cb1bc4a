import type { Scheduler } from '../base/world';
import { failure, type LoadFailure, type LoadManyRequest, type LoadRequest, type LoadResult } from './loader';
import { reasonOf } from './reasons';

type Bounds = Pick<LoadRequest, 'deadlineMs' | 'signal'>;

/**
 * Runs a load and answers by its deadline, whether or not what it waits for ever ends: the signal tells it to let go of
 * sockets, and the answer does not wait for that. Timer and listener are gone once it has answered.
 */
export function withDeadline(
  scheduler: Scheduler,
  bounds: Bounds,
  run: (signal: AbortSignal) => Promise<LoadResult>,
): Promise<LoadResult> {
  return bounded(scheduler, bounds, run, (failed) => failed);
}

/** The same for a call for several keys: what ends the call is the result of each. */
export function manyWithDeadline(
  scheduler: Scheduler,
  { items, ...bounds }: LoadManyRequest,
  run: (signal: AbortSignal) => Promise<LoadResult[]>,
): Promise<LoadResult[]> {
  return bounded(scheduler, bounds, run, (failed) => items.map(() => failed));
}

function bounded<T>(
  scheduler: Scheduler,
  { deadlineMs, signal }: Bounds,
  run: (signal: AbortSignal) => Promise<T>,
  failed: (failure: LoadFailure) => T,
): Promise<T> {
  if (signal?.aborted === true) return Promise.resolve(failed(failure('cancelled', true)));
  return new Promise((resolve) => {
    const stop = new AbortController();
    const settle = (result: T) => {
      cancelTimer();
      signal?.removeEventListener('abort', cancelled);
      resolve(result);
    };
    const giveUp = (reason: string) => {
      settle(failed(failure(reason, true)));
      stop.abort();
    };
    const cancelled = () => giveUp('cancelled');
    const cancelTimer = scheduler.after(deadlineMs, () => giveUp(`deadline of ${deadlineMs} ms passed`));
    signal?.addEventListener('abort', cancelled, { once: true });
    run(stop.signal).then(settle, (error: unknown) => settle(failed(failure(reasonOf(error), true))));
  });
}

/** The shortest of the caller's, the load's and the source's. */
export function bounds<R extends Bounds>(request: R, ...timeoutsMs: (number | undefined)[]): R {
  const given = timeoutsMs.filter((ms) => ms !== undefined);
  return { ...request, deadlineMs: Math.min(request.deadlineMs, ...given) };
}
