import type { Context } from '../../context';
import { many, optional, text } from '../../framework/arguments';
import { type Command, command, container } from '../../framework/command';
import { writeAllDocs } from './docs-reply';
import { writeInfo } from './info-reply';
import { getkeys, getkeysandflags } from './keys';
import { list } from './list';
import { named } from './named';

const ABOUT = { group: 'server', flags: ['loading', 'stale'], categories: ['connection'] } as const;
const names = () => optional(many(text('command-name')));

function writeAll({ table, out }: Context): void {
  out.array(table.size);
  for (const each of table.list()) writeInfo(out, each);
}

const count = command({
  ...ABOUT,
  name: 'count',
  since: '2.8.13',
  summary: 'Get total number of commands',
  help: ['Return the total number of commands in this server.'],
  complexity: 'O(1)',
  run: (ctx) => ctx.out.integer(ctx.table.size),
});

const info = command({
  ...ABOUT,
  name: 'info',
  since: '2.8.13',
  summary: 'Get array of specific command details, or all when no argument is given.',
  help: [
    'Return details about multiple commands.',
    'If no command names are given, documentation details for all',
    'commands are returned.',
  ],
  complexity: 'O(N) where N is the number of commands to look up',
  tips: ['nondeterministic_output_order'],
  args: { names: names() },
  run(ctx, { names }) {
    if (names === undefined) return writeAll(ctx);
    ctx.out.array(names.length);
    for (const name of names) {
      const found = named(ctx.table, name);
      if (found === undefined) ctx.out.nil();
      else writeInfo(ctx.out, found);
    }
  },
});

const docs = command({
  ...ABOUT,
  name: 'docs',
  since: '7.0.0',
  summary: 'Get array of specific command documentation',
  help: [
    'Return documentation details about multiple commands.',
    'If no command names are given, documentation details for all',
    'commands are returned.',
  ],
  complexity: 'O(N) where N is the number of commands to look up',
  tips: ['nondeterministic_output_order'],
  args: { names: names() },
  run({ table, out }, { names }) {
    const found = names?.map((name) => named(table, name)).filter((each): each is Command => each !== undefined);
    writeAllDocs(out, found ?? [...table.list()]);
  },
});

export const commandCommand = container({
  ...ABOUT,
  name: 'command',
  since: '2.8.13',
  summary: 'Get array of command details',
  help: ['Return details about all commands.'],
  complexity: 'O(N) where N is the total number of commands',
  tips: ['nondeterministic_output_order'],
  children: [count, list, info, docs, getkeys, getkeysandflags],
  run: writeAll,
  examples: `
> COMMAND GETKEYS TAGSET page html DEPS 2 user:7 org:1 TAGS t
["page", "user:7", "org:1"]
> COMMAND GETKEYS MSET a 1 b 2
["a", "b"]
> COMMAND COUNT
/^:\\d+$/
`,
});
