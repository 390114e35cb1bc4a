import { type Description, describeTask, summaryOf } from '../../../warming/describe';
import { text } from '../../framework/arguments';
import { command } from '../../framework/command';
import type { ReplyWriter } from '../../framework/wire';

export const info = command({
  group: 'larder',
  since: '0.1.0',
  name: 'info',
  summary: 'Everything about one task: what it loads and when, how far its run is, what came of it',
  help: ['Everything about one task.'],
  complexity: 'O(N) where N is the number of keys and tags that the task names',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: { id: text() },
  run: ({ node, clock, out }, { id }) => writeDescription(out, describeTask(node.warming.tasks.at(id), clock)),
});

export const list = command({
  group: 'larder',
  since: '0.1.0',
  name: 'list',
  summary: 'List all tasks with their state and their progress, as maps',
  help: ['List all tasks with their state and their progress.'],
  complexity: 'O(N) where N is the number of tasks',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  run({ node, clock, out }) {
    const tasks = node.warming.tasks.list();
    out.array(tasks.length);
    for (const task of tasks) writeDescription(out, new Map(summaryOf(task, clock)));
  },
});

function writeDescription(out: ReplyWriter, description: Description): void {
  out.map(description.size);
  for (const [name, value] of description) {
    out.bulkText(name);
    if (typeof value === 'number') out.integer(value);
    else if (typeof value === 'string') out.bulkText(value);
    else if ('get' in value) writeDescription(out, value);
    else {
      out.array(value.length);
      for (const each of value) out.bulkText(each);
    }
  }
}
