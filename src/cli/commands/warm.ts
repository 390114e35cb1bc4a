import type { Command } from 'commander';
import type { Context, Declare, Result } from '../context';
import { EXIT } from '../exit-codes';
import { type Argument, type Connection, typed } from '../io';
import { integer, positiveSeconds, wholeNumber } from '../options';
import { table } from '../render/table';
import { numberOf } from '../replies';
import { type AddFlags, addWords } from '../warm/add-words';
import { follow, infoOf, listTasks, resultOf } from '../warm/follow';
import { progressText, runIn, scheduleText, stateText, textIn } from '../warm/task';

export const warm: Declare = (program, context) => {
  const group = program
    .command('warm')
    .description(
      'load keys before they are asked for: keys at once, or tasks (warm keys is for keys named like a command)',
    )
    .argument('[key...]', 'keys to load now, in the background; exit code 1 if none of them has a loader')
    .action((keys: string[]) => {
      if (keys.length === 0) group.help({ error: true });
      return context.run((connection) => queue(connection, keys));
    });
  group
    .command('keys')
    .description('load keys through their loaders in the background; exit code 1 if none of them has one')
    .argument('<key...>', 'keys')
    .action((keys: string[]) => context.run((connection) => queue(connection, keys)));
  declareAdd(group, context);
  const ofTask = (name: string, description: string, run: (connection: Connection, id: string) => Promise<Result>) =>
    group
      .command(name)
      .description(description)
      .argument('<id>', 'id of the task')
      .action((id: string) => context.run((connection) => run(connection, id)));
  ofTask('del', 'delete a task that was added by a client', (connection, id) =>
    counted(connection, ['DEL', typed(id)], { id }, 'there is no such task'),
  );
  group
    .command('run')
    .description('begin a run of a task now')
    .argument('<id>', 'id of the task')
    .option('--wait', 'until it is over; exit code 1 if keys failed')
    .action((id: string, { wait }: { wait?: true }) =>
      context.run(async (connection) => {
        const begun = await counted(connection, ['RUN', typed(id)], { id }, 'a run is under way already');
        return wait ? follow(context, connection, id) : begun;
      }),
    );
  declareReports(group, context);
  for (const name of ['pause', 'resume'] as const) {
    group
      .command(name)
      .description(name === 'pause' ? 'stop a task where it is, or all warming' : 'let a task go on, or all warming')
      .argument('[id]', 'id of the task')
      .action((id: string | undefined) =>
        context.run(async (connection) => {
          await connection.call('WARMTASK', name, ...(id === undefined ? [] : [typed(id)]));
          return { json: { id: id ?? null, paused: name === 'pause' }, human: ({ green }) => green('OK') };
        }),
      );
  }
};

function declareAdd(group: Command, context: Context): void {
  group
    .command('add')
    .description('add a task, or replace the one of that id; it outlives a restart of the server')
    .argument('<id>', 'id of the task')
    .option('--name <text>', 'for people')
    .option('--key <key...>', 'keys to load, with lists such as news:{1..9} and {home,about}')
    .option('--template <pattern>', 'the key template of the configuration whose keys to load')
    .option('--from <list>', 'the list of the configuration that gives keys, or what fills the template')
    .option('--priority <n>', 'higher goes first', integer)
    .option('--ttl <seconds>', 'how long what it loads is kept', positiveSeconds)
    .option('--every <seconds>', 'run so often', positiveSeconds)
    .option('--cron <expression>', 'run at these times, such as "0 6 * * 1-5"')
    .option('--timezone <zone>', 'of --cron (default: UTC)')
    .option('--on-start', 'run when the server starts, and now')
    .option('--rate <n>', 'keys a second at most', wholeNumber(1))
    .option('--tag <tag...>', 'tags of what it loads')
    .option('--force', 'load what is fresh too')
    .action((id: string, flags: AddFlags) =>
      context.run(async (connection) => {
        await connection.call('WARMTASK', 'ADD', typed(id), ...addWords(flags));
        return { json: { id, added: true }, human: ({ green }) => green('OK') };
      }),
    );
}

function declareReports(group: Command, context: Context): void {
  group
    .command('list')
    .description('all tasks, and how they stand')
    .action(() => context.run(list));
  group
    .command('progress')
    .description('wait until the run of a task is over, or of all that run, with a bar; exit code 1 if keys failed')
    .argument('[id]', 'id of the task')
    .option('--now', 'only say how far it is')
    .action((id: string | undefined, { now }: { now?: true }) =>
      context.run(async (connection) => {
        if (!now) return follow(context, connection, id);
        return resultOf(id === undefined ? await listTasks(connection) : [await infoOf(connection, id)]);
      }),
    );
}

async function queue(connection: Connection, keys: readonly string[]): Promise<Result> {
  const queued = numberOf(await connection.call('WARM', ...keys.map(typed)));
  return {
    json: { asked: keys.length, queued },
    human: () => `${queued} of ${keys.length} queued for loading`,
    exit: queued > 0 ? EXIT.ok : EXIT.no,
  };
}

/** For answers that are 1 or 0. */
async function counted(
  connection: Connection,
  words: readonly Argument[],
  json: { id: string },
  otherwise: string,
): Promise<Result> {
  const done = numberOf(await connection.call('WARMTASK', ...words)) > 0;
  return {
    json: { ...json, done },
    human: ({ green, red }) => (done ? green('OK') : red(otherwise)),
    exit: done ? EXIT.ok : EXIT.no,
  };
}

async function list(connection: Connection): Promise<Result> {
  const tasks = await listTasks(connection);
  const rows = tasks.map((task) => [
    textIn(task, 'id'),
    textIn(task, 'name') || '-',
    textIn(task, 'source'),
    stateText(task),
    scheduleText(task),
    progressText(runIn(task)),
  ]);
  return {
    json: tasks,
    human: (paint) =>
      rows.length === 0 ? paint.dim('none') : table(['id', 'name', 'source', 'state', 'runs', 'progress'], rows, paint),
  };
}
