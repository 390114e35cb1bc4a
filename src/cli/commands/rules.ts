import type { Reply } from '../../../protocol/reply-reader';
import type { Declare, Result } from '../context';
import { EXIT } from '../exit-codes';
import { type Argument, type Connection, typed } from '../io';
import { integer } from '../options';
import { display } from '../render/bytes';
import { table } from '../render/table';
import { bufferOf, buffersOf, listOf, numberOf } from '../replies';

interface AddFlags {
  on: string[];
  invalidate: string[];
  context?: string[];
  soft?: true;
  priority?: number;
}

export const rules: Declare = (program, context) => {
  const group = program.command('rules').description('which tags are invalidated along with which');
  group
    .command('list')
    .description('all rules, and what they did')
    .action(() => context.run(list));
  group
    .command('add')
    .description('add a rule, or replace the one of that name')
    .argument('<name>', 'name')
    .requiredOption('--on <pattern...>', 'patterns of the tags that trigger it, such as user:{id}')
    .requiredOption('--invalidate <template...>', 'tags to invalidate then, such as feed:{id}')
    .option('--context <field...>', 'placeholders that only the context of a write may fill (default: any)')
    .option('--soft', 'what it invalidates may be served stale while it is loaded anew')
    .option('--priority <n>', 'higher goes first', integer)
    .action((name: string, flags: AddFlags) =>
      context.run(async (connection) => {
        await connection.call('RULE', 'ADD', typed(name), ...wordsOf(flags));
        return { json: { name, added: true }, human: ({ green }) => green('OK') };
      }),
    );
  group
    .command('del')
    .description('delete a rule that was added by a client')
    .argument('<name>', 'name')
    .action((name: string) =>
      context.run(async (connection) => {
        const deleted = numberOf(await connection.call('RULE', 'DEL', typed(name))) > 0;
        return {
          json: { name, deleted },
          human: ({ green, red }) => (deleted ? green('OK') : red('there is no such rule')),
          exit: deleted ? EXIT.ok : EXIT.no,
        };
      }),
    );
};

function wordsOf({ on, invalidate, context, soft, priority }: AddFlags): Argument[] {
  const words: Argument[] = [
    'ON',
    on.length,
    ...on.map(typed),
    'INVALIDATE',
    invalidate.length,
    ...invalidate.map(typed),
  ];
  if (context !== undefined) words.push('CONTEXT', context.length, ...context.map(typed));
  if (soft) words.push('SOFT');
  if (priority !== undefined) words.push('PRIORITY', priority);
  return words;
}

type Field = Buffer | Buffer[] | number;

async function list(connection: Connection): Promise<Result> {
  const found = listOf(await connection.call('RULE', 'LIST')).map(fieldsOf);
  return {
    json: found.map((rule) => rule),
    human: (paint) =>
      found.length === 0
        ? paint.dim('none')
        : table(
            [...found[0]!.keys()],
            found.map((rule) => [...rule.values()].map(shown)),
            paint,
          ),
  };
}

/** Names and values in turn; lists of strings stay lists. */
function fieldsOf(reply: Reply): Map<string, Field> {
  const words = listOf(reply);
  const fields = new Map<string, Field>();
  for (let i = 0; i + 1 < words.length; i += 2) {
    const value = words[i + 1]!;
    const field = typeof value === 'number' ? value : Array.isArray(value) ? buffersOf(value) : bufferOf(value);
    fields.set(display(bufferOf(words[i])), field);
  }
  return fields;
}

function shown(field: Field): string {
  if (typeof field === 'number') return String(field);
  return Array.isArray(field) ? field.map(display).join(' ') || '-' : display(field);
}
