import type { Clock } from '../base/world';
import type { WarmCounts } from './counts';
import type { Run, Task } from './task';

/** Names and values in the order they are shown. Texts are latin1. */
export type Description = ReadonlyMap<string, number | string | readonly string[] | Description>;

/** Everything about a task, for WARMTASK INFO. Times are milliseconds, -1 where there is none. */
export function describeTask(task: Task, clock: Clock): Description {
  const { spec } = task;
  return new Map<string, Description | number | string | readonly string[]>([
    ...summaryOf(task, clock),
    ['db', spec.db],
    ['keys', spec.keys],
    ['template', spec.template],
    ['list', spec.list],
    ['ttl_ms', spec.ttlMs ?? -1],
    ['timezone', spec.cron === undefined ? '' : spec.timezone || 'UTC'],
    ['on_start', Number(spec.onStart)],
    ['rate', spec.rate ?? 0],
    ['tags', spec.tags],
    ['force', Number(spec.force)],
    ['runs', task.runs],
    ['overlaps', task.overlaps],
    ['counts', describeCounts(task.counts)],
  ]);
}

/** A task in a line, for WARMTASK LIST. */
export function summaryOf(task: Task, clock: Clock): [string, number | string | Description][] {
  const { spec, run, last } = task;
  return [
    ['id', spec.id],
    ['name', spec.name],
    ['source', task.origin],
    ['state', task.state],
    ['held', task.isHeld ? task.held : ''],
    ['priority', spec.priority],
    ['every_ms', spec.everyMs ?? -1],
    ['cron', spec.cron ?? ''],
    ['next_in_ms', nextInMs(task, clock)],
    ['last_run', Math.floor((task.lastWallMs ?? 0) / 1000)],
    ['run', describeRun(run ?? last, clock)],
  ];
}

/** Of the run under way, or of the last one. */
function describeRun(run: Run | null, clock: Clock): Description {
  if (run === null) return new Map();
  const { counts } = run;
  return new Map<string, number | string>([
    ['total', run.total ?? -1],
    ...Object.entries(counts),
    ['elapsed_ms', Math.max(0, (run.endedMs ?? clock.now) - run.startedMs)],
    ['eta_ms', run.isOver ? 0 : (run.etaMs(clock.now) ?? -1)],
    ['over', Number(run.isOver)],
    ['failure', run.failure],
  ]);
}

function describeCounts(counts: WarmCounts): Description {
  return new Map(Object.entries(numbersOf(counts)));
}

/** As they are shown: names with underscores, whole milliseconds. */
export function numbersOf(counts: WarmCounts): Record<string, number> {
  const { originMs, ...others } = counts;
  return { ...others, origin_ms: Math.round(originMs) } as Record<string, number>;
}

function nextInMs({ dueMs, isCron }: Task, clock: Clock): number {
  if (dueMs === undefined) return -1;
  return Math.max(0, Math.round(dueMs - clock.now - (isCron ? clock.wallOffsetMs : 0)));
}
