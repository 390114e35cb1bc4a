import type { Scheduler } from '../base/world';
import { manyWithDeadline, withDeadline } from './deadline';
import type { Loader } from './loader';

/**
 * A loader whose source reads from a replica that lags behind by at most `lagMs`: every load waits so long before it asks.
 * What was written before a load began is there by then, so a load that follows an invalidation never brings back what
 * was invalidated. The wait is part of the load, and of its deadline.
 */
export function overReplica(loader: Loader, lagMs: number, scheduler: Scheduler): Loader {
  const left = (deadlineMs: number) => Math.max(1, deadlineMs - lagMs);
  return {
    source: loader.source,
    load: (request) =>
      withDeadline(scheduler, request, async (signal) => {
        await pause(scheduler, lagMs, signal);
        return loader.load({ ...request, deadlineMs: left(request.deadlineMs), signal });
      }),
    ...(loader.batchKeysMax !== undefined && { batchKeysMax: loader.batchKeysMax }),
    ...(loader.loadMany !== undefined && {
      loadMany: (request) =>
        manyWithDeadline(scheduler, request, async (signal) => {
          await pause(scheduler, lagMs, signal);
          return loader.loadMany!({ ...request, deadlineMs: left(request.deadlineMs), signal });
        }),
    }),
  };
}

/** Rejects, and leaves no timer, if the signal comes first. */
function pause(scheduler: Scheduler, delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = scheduler.after(delayMs, () => {
      signal.removeEventListener('abort', stopped);
      resolve();
    });
    const stopped = () => {
      cancel();
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stopped, { once: true });
  });
}
