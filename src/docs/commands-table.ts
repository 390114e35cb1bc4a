import { createTable } from '../commands/all';
import type { Command } from '../commands/framework/command';
import { leaves, syntaxLine } from '../commands/framework/describe';
import { code, groupBy, table } from './markdown';

/** Ours first: the rest is known from Redis. */
const OURS = 'larder';

/** Every command and subcommand but HELP, a table a group, from the declarations that requests are parsed with. */
export function commandsTable(): string {
  const commands = [...leaves(createTable())].filter(({ fullName }) => !fullName.endsWith('|help'));
  const groups = [...groupBy(commands, ({ group }) => group)];
  const inOrder = [...groups.filter(([group]) => group === OURS), ...groups.filter(([group]) => group !== OURS)];
  return inOrder
    .map(([group, of]) => `**${group}**\n\n${table(['command', 'what it does'], of.map(row))}`)
    .join('\n\n');
}

function row(command: Command): string[] {
  return [code(syntaxLine(command)), command.summary];
}
