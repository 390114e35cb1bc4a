import { Fault } from '../../base/fault';
import { TYPE_STRING } from '../../layers/layer';
import type { LoadFailure } from '../../loaders/loader';
import type { Value } from '../api';
import type { Counters } from '../counters';
import { copyOfValue, valueFrom } from '../values';
import type { Waiter } from './load';

/** Each waiter is answered once, with a value of its own life. */
export function answer(waiter: Waiter, value: Buffer | Value | null): void {
  waiter.answered = true;
  if (value === null) waiter.resolve(null);
  else waiter.resolve(Buffer.isBuffer(value) ? valueFrom(value, TYPE_STRING) : copyOfValue(value));
}

/** The error, unless what is stale may be served instead and still is there. */
export function reject(waiter: Waiter, { reason }: LoadFailure, counters: Counters): void {
  waiter.answered = true;
  const fault = new Fault(`ERR loader: ${reason}`);
  const give = (value: Value | null) => {
    if (value === null) waiter.reject(fault);
    else {
      counters.staleOnError++;
      waiter.resolve(copyOfValue(value));
    }
  };
  const stored = waiter.mayStandIn ? waiter.stored?.() : undefined;
  if (stored instanceof Promise) stored.then(give, () => waiter.reject(fault));
  else give(stored ?? null);
}
