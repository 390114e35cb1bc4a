import { bytesOf } from '../../../base/bytes';
import type { Context } from '../../context';
import { both, bytes, type Option, text } from '../../framework/arguments';
import { type Command, command } from '../../framework/command';
import { SYNTAX } from '../../framework/faults';
import { glob } from '../../framework/glob';
import type { Argument } from '../../framework/wire';
import { everyCommand } from './named';

type FilterBy = readonly [string, Argument] | undefined;

const filterBy: Option<FilterBy> = {
  ...both('FILTERBY', text('filter'), bytes('value')),
  shape: {
    type: 'oneof',
    token: 'FILTERBY',
    optional: true,
    children: [
      { name: 'module-name', type: 'string', token: 'MODULE' },
      { name: 'category', type: 'string', token: 'ACLCAT' },
      { name: 'pattern', type: 'pattern', token: 'PATTERN' },
    ],
  },
};

/** There are no modules, so none of their commands. */
function filter([kind, value]: readonly [string, Argument]): (command: Command) => boolean {
  switch (kind.toUpperCase()) {
    case 'MODULE':
      return () => false;
    case 'ACLCAT': {
      const category = `@${value.toString().toLowerCase()}`;
      return (command) => command.acl.includes(category);
    }
    case 'PATTERN': {
      const matches = glob(value);
      return (command) => matches(bytesOf(command.fullName));
    }
    default:
      throw SYNTAX;
  }
}

export const list = command({
  name: 'list',
  group: 'server',
  since: '7.0.0',
  summary: 'Get an array of command names',
  help: ['Return a list of all commands in this server.'],
  complexity: 'O(N) where N is the total number of commands',
  flags: ['loading', 'stale'],
  categories: ['connection'],
  tips: ['nondeterministic_output_order'],
  args: { filterby: filterBy },
  strict: true,
  run(ctx: Context, { filterby }) {
    const { table, out } = ctx;
    const commands = filterby === undefined ? [...table.list()] : [...everyCommand(table)].filter(filter(filterby));
    out.array(commands.length);
    for (const { fullName } of commands) out.bulkText(fullName);
  },
});
