import type { Command } from '../../framework/command';
import type { Table } from '../../framework/table';

/** A command by its full name in any case: 'get', 'config|get'. */
export function named(table: Table, fullName: string): Command | undefined {
  const [name = '', child, ...rest] = fullName.toLowerCase().split('|');
  const command = table.get(name);
  if (child === undefined || rest.length > 0) return rest.length > 0 ? undefined : command;
  return command?.children?.get(child);
}

/** All commands, with the children of containers. */
export function* everyCommand(table: Table): Iterable<Command> {
  for (const command of table.list()) {
    yield command;
    if (command.children !== undefined) yield* command.children.list();
  }
}
