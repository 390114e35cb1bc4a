import { createHistogram } from 'node:perf_hooks';
import type { Argument, Connection } from './io';

export interface LoadPlan {
  requests: number;
  /** Requests sent at once on a connection. */
  pipeline: number;
  next(): Argument[];
  fineMs(): number;
  progress(done: number): void;
}

export interface LoadFigures {
  requests: number;
  errors: number;
  seconds: number;
  ops_per_second: number;
  p50_us: number;
  p99_us: number;
  max_us: number;
}

/** Sends the plan's requests over the connections, each waiting for its replies before it sends again. */
export async function runLoad(connections: readonly Connection[], plan: LoadPlan): Promise<LoadFigures> {
  const roundTripsUs = createHistogram();
  let sent = 0;
  let done = 0;
  let errors = 0;
  const work = async (connection: Connection): Promise<void> => {
    while (sent < plan.requests) {
      const size = Math.min(plan.pipeline, plan.requests - sent);
      sent += size;
      const batch = Array.from({ length: size }, () => plan.next());
      const begunMs = plan.fineMs();
      const replies = await connection.pipeline(batch);
      roundTripsUs.record(Math.max(1, Math.round((plan.fineMs() - begunMs) * 1000)));
      errors += replies.filter((reply) => reply instanceof Error).length;
      plan.progress((done += size));
    }
  };
  const begunMs = plan.fineMs();
  await Promise.all(connections.map(work));
  const seconds = Math.max(plan.fineMs() - begunMs, 0.001) / 1000;
  return {
    requests: done,
    errors,
    seconds: Number(seconds.toFixed(3)),
    ops_per_second: Math.round(done / seconds),
    p50_us: roundTripsUs.percentile(50),
    p99_us: roundTripsUs.percentile(99),
    max_us: roundTripsUs.max,
  };
}
