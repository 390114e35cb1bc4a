import { WarmCounts } from './counts';
import { numbersOf } from './describe';
import type { Warming } from './warming';

export type WarmReport = ReadonlyMap<string, number | string | WarmReport>;

/** STATS warm: the line and its budget, what came of it in all, by who wanted it, by source and by task. */
export function warmReport({ queue, budget, tasks, meter, limits }: Warming): WarmReport {
  const all = sum(meter.byOrigin.values());
  return reportOf({
    queue: queue.size,
    queue_max: limits.queueMax,
    running: budget.running,
    concurrency_max: limits.concurrencyMax,
    paused: Number(budget.isPaused),
    tasks: tasks.count,
    tasks_running: tasks.running.length,
    tasks_max: limits.tasksMax,
    ...numbersOf(all),
    saved_ms: savedMs(all),
    watched: meter.watched.size,
    origins: new Map([...meter.byOrigin].map(([origin, counts]) => [origin, reportOf(numbersOf(counts))])),
    sources: new Map(
      [...budget.laneStates()].map(({ source, rate, ...lane }) => [
        source,
        reportOf({ ...lane, rate: Math.round(rate) }),
      ]),
    ),
    by_task: new Map(
      tasks.list().map((task) => [
        task.spec.id,
        reportOf({
          state: task.state,
          held: task.isHeld ? task.held : '',
          runs: task.runs,
          ...numbersOf(task.counts),
          saved_ms: savedMs(task.counts),
        }),
      ]),
    ),
  });
}

/** The first read of a loaded key would have been a load, as long as those of warming are on the average. */
function savedMs({ used, loaded, unchanged, originMs }: WarmCounts): number {
  const loads = loaded + unchanged;
  return loads === 0 ? 0 : Math.round((used * originMs) / loads);
}

function sum(parts: Iterable<WarmCounts>): WarmCounts {
  const total = new WarmCounts();
  for (const part of parts) {
    for (const name of Object.keys(total) as (keyof WarmCounts)[]) {
      if (typeof total[name] === 'number') (total[name] as number) += part[name] as number;
    }
  }
  return total;
}

function reportOf(of: Record<string, number | string | WarmReport>): WarmReport {
  return new Map(Object.entries(of));
}
