import { Fault } from '../../../base/fault';
import { optional, text } from '../../framework/arguments';
import { type Command, command, container } from '../../framework/command';
import { untilNul } from '../../framework/faults';
import type { Table } from '../../framework/table';

/** Redis's own, in its order: some have no command here. */
const CATEGORIES = [
  ...['keyspace', 'read', 'write', 'set', 'sortedset', 'list', 'hash', 'string', 'bitmap', 'hyperloglog', 'geo'],
  ...['stream', 'pubsub', 'admin', 'fast', 'slow', 'blocking', 'dangerous', 'connection', 'transaction', 'scripting'],
];

const ABOUT = { group: 'server', flags: ['noscript', 'loading', 'stale'], complexity: 'O(1)' } as const;

/** Commands and their subcommands. */
function* every(table: Table): Iterable<Command> {
  for (const each of table.list()) {
    yield each;
    if (each.children !== undefined) yield* every(each.children);
  }
}

function categoriesOf(table: Table): string[] {
  const declared = [...every(table)].flatMap(({ acl }) => acl.map((category) => category.slice(1)));
  return [...new Set([...CATEGORIES, ...declared])];
}

const cat = command({
  ...ABOUT,
  name: 'cat',
  since: '6.0.0',
  summary: 'List the ACL categories, or the commands of one',
  help: ['List all commands that belong to <category>, or all command categories', 'when no category is specified.'],
  complexity: 'O(1) since the categories and commands are a fixed set.',
  args: { category: optional(text()) },
  run({ table, out }, { category }) {
    const categories = categoriesOf(table);
    const wanted = category?.toLowerCase();
    if (wanted !== undefined && !categories.includes(wanted)) {
      throw new Fault(`ERR Unknown category '${untilNul(category!)}'`);
    }
    const names =
      wanted === undefined
        ? categories
        : [...every(table)].filter(({ acl }) => acl.includes(`@${wanted}`)).map(({ fullName }) => fullName);
    out.array(names.length);
    for (const name of names) out.bulkText(name);
  },
});

const whoami = command({
  ...ABOUT,
  name: 'whoami',
  since: '6.0.0',
  summary: 'Return the user that the connection is authenticated as',
  help: ['Return the current connection username.'],
  run: ({ out }) => out.bulkText('default'),
});

export const acl = container({
  ...ABOUT,
  name: 'acl',
  since: '6.0.0',
  summary: 'A container for Access List Control commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [cat, whoami],
  examples: `
> ACL WHOAMI
"default"
> ACL CAT nosuch
-ERR Unknown category 'nosuch'
`,
});
