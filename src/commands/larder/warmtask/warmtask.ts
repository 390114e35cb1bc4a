import type { Warming } from '../../../warming/warming';
import { optional, text } from '../../framework/arguments';
import { command, container } from '../../framework/command';
import { add } from './add';
import { info, list } from './reports';

const WARMTASK = { group: 'larder', since: '0.1.0' } as const;

const del = command({
  ...WARMTASK,
  name: 'del',
  summary: 'Delete a task that WARMTASK ADD has added; answers how many there were of that id',
  help: ['Delete a task; what it has loaded stays.'],
  complexity: 'O(1)',
  flags: ['write'],
  args: { id: text() },
  run: ({ node, out }, { id }) => out.integer(node.warming.tasks.delete(id) ? 1 : 0),
});

const run = command({
  ...WARMTASK,
  name: 'run',
  summary: 'Begin a run of a task now; answers 0 if one is under way',
  help: ['Begin a run of a task now.'],
  complexity: 'O(1)',
  flags: ['write'],
  args: { id: text() },
  run: ({ node, out }, { id }) => out.integer(node.warming.run(id) ? 1 : 0),
});

const pause = command({
  ...WARMTASK,
  name: 'pause',
  summary: 'Stop a task where it is, or all warming; kept over a restart',
  help: ['Stop a task where it is, or all warming without an id.'],
  complexity: 'O(N) where N is the number of tasks',
  flags: ['write'],
  args: { id: optional(text('id')) },
  run({ node: { warming }, out }, { id }) {
    warming.pause(taskOf(warming, id), true);
    out.ok();
  },
});

const resume = command({
  ...WARMTASK,
  name: 'resume',
  summary: 'Let a task go on, or all warming; tasks that are paused by themselves stay so',
  help: ['Let a task go on, or all warming without an id.'],
  complexity: 'O(N) where N is the number of tasks',
  flags: ['write'],
  args: { id: optional(text('id')) },
  run({ node: { warming }, out }, { id }) {
    warming.pause(taskOf(warming, id), false);
    out.ok();
  },
});

function taskOf({ tasks }: Warming, id: string | undefined) {
  return id === undefined ? null : tasks.at(id);
}

export const warmtask = container({
  ...WARMTASK,
  name: 'warmtask',
  summary: 'A container for commands about tasks that load keys before they are asked for',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [add, del, info, list, pause, resume, run],
  examples: `
> WARMTASK ADD top NAME "front page" KEYS 2 home news:{1..3} PRIORITY 10 EVERY 60000
+OK
> WARMTASK PAUSE top
+OK
> WARMTASK INFO top
/"id", "top", "name", "front page", "source", "command", "state", "paused", .*"every_ms", :60000, .*"keys", \\["home", "news:\\{1..3\\}"\\]/
> WARMTASK RESUME top
+OK
> WARMTASK ADD top KEYS 1 home EVERY 60000 CRON "0 6 * * *"
-ERR task 'top': expected 'every' or 'cron', not both
> WARMTASK ADD top KEYS 1 home CRON "0 6 * * * bad"
/-ERR task 'top': .*/
> WARMTASK ADD users TEMPLATE user:{id} FROM active
-ERR task 'users': there is no list 'active'
> WARMTASK RUN nosuch
-ERR there is no task 'nosuch'
> WARMTASK DEL top
:1
> WARMTASK DEL top
:0
`,
});
