import type { Context, Result } from '../context';
import { EXIT } from '../exit-codes';
import { type Connection, typed } from '../io';
import { type Progress, progressBar } from '../progress';
import { listOf } from '../replies';
import { progressText, runIn, type TaskFields, taskIn, textIn } from './task';

/** Between two looks. */
const LOOK_MS = 200;

/** Waits until the run of a task is over, or of all that run, with a bar on a terminal. */
export async function follow(context: Context, connection: Connection, id: string | undefined): Promise<Result> {
  const stop = { asked: false };
  const cancel = context.io.onStop(() => {
    stop.asked = true;
  });
  let bar: Progress | undefined;
  try {
    let ids = id === undefined ? undefined : new Set([id]);
    for (;;) {
      const all = id === undefined ? await listTasks(connection) : [await infoOf(connection, id)];
      ids ??= new Set(all.filter(isRunning).map((task) => textIn(task, 'id')));
      const tasks = all.filter((task) => ids!.has(textIn(task, 'id')));
      const { done, total } = sum(tasks);
      if (total > 0) bar ??= progressBar(context, `warm ${id ?? ''}`.trim(), total, 'keys');
      bar?.update(done);
      if (stop.asked || !tasks.some(isRunning)) return resultOf(tasks);
      await new Promise<void>((next) => context.io.scheduler.after(LOOK_MS, next));
    }
  } finally {
    bar?.stop();
    cancel();
  }
}

export async function infoOf(connection: Connection, id: string): Promise<TaskFields> {
  return taskIn(await connection.call('WARMTASK', 'INFO', typed(id)));
}

export async function listTasks(connection: Connection): Promise<TaskFields[]> {
  return listOf(await connection.call('WARMTASK', 'LIST')).map(taskIn);
}

/** Where runs are, without waiting. */
export function resultOf(tasks: readonly TaskFields[]): Result {
  const rows = tasks.map((task) => ({ id: textIn(task, 'id'), state: textIn(task, 'state'), run: runIn(task) }));
  const isBad = rows.some(({ run }) => run === undefined || run.failed > 0 || run.failure !== '');
  return {
    json: rows.map(({ id, state, run }) => ({
      id,
      state,
      ...(run !== undefined && { run: new Map<string, number | string>([...run.counts, ['failure', run.failure]]) }),
    })),
    human: (paint) =>
      rows.length === 0
        ? paint.dim('nothing is running')
        : rows.map(({ id, state, run }) => `${paint.bold(id)} ${state}: ${progressText(run)}`).join('\n'),
    exit: isBad ? EXIT.no : EXIT.ok,
  };
}

/** One that is paused does not come to an end by itself. */
function isRunning(task: TaskFields): boolean {
  return ['running', 'listing', 'waiting'].includes(textIn(task, 'state'));
}

function sum(tasks: readonly TaskFields[]): { done: number; total: number } {
  let done = 0;
  let total = 0;
  for (const task of tasks) {
    const run = runIn(task);
    done += run?.done ?? 0;
    total += Math.max(run?.total ?? 0, run?.done ?? 0);
  }
  return { done, total };
}
