import type { Scheduler } from '../base/world';
import { failure, type LoadRequest, type LoadResult } from './loader';
import { reasonOf } from './reasons';

/**
 * Runs a load and answers by its deadline, whether or not what it waits for ever ends: the signal tells it to let go of
 * sockets, and the answer does not wait for that. Timer and listener are gone once it has answered.
 */
export function withDeadline(
  scheduler: Scheduler,
  { deadlineMs, signal }: Pick<LoadRequest, 'deadlineMs' | 'signal'>,
  run: (signal: AbortSignal) => Promise<LoadResult>,
): Promise<LoadResult> {
  if (signal?.aborted === true) return Promise.resolve(failure('cancelled', true));
  return new Promise((resolve) => {
    const stop = new AbortController();
    const settle = (result: LoadResult) => {
      cancelTimer();
      signal?.removeEventListener('abort', cancelled);
      resolve(result);
    };
    const giveUp = (reason: string) => {
      settle(failure(reason, true));
      stop.abort();
    };
    const cancelled = () => giveUp('cancelled');
    const cancelTimer = scheduler.after(deadlineMs, () => giveUp(`deadline of ${deadlineMs} ms passed`));
    signal?.addEventListener('abort', cancelled, { once: true });
    run(stop.signal).then(settle, (error: unknown) => settle(failure(reasonOf(error), true)));
  });
}
