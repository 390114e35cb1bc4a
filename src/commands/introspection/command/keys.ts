import { Fault } from '../../../base/fault';
import type { Context } from '../../context';
import { bytes, many, shown } from '../../framework/arguments';
import { type Command, command } from '../../framework/command';
import { type FoundKey, findKeys } from '../../framework/key-specs';
import type { Argument } from '../../framework/wire';

const UNKNOWN = new Fault('ERR Invalid command specified');
const NO_KEYS = new Fault('ERR The command has no key arguments');
const BAD_ARITY = new Fault('ERR Invalid number of arguments specified for command');
const BAD_ARGUMENTS = new Fault('ERR Invalid arguments specified for command');

/** The keys of a whole request. Throws what COMMAND GETKEYS answers when it has none. */
function keysOf(ctx: Context, words: readonly Argument[]): FoundKey[] {
  const found = ctx.table.find(words[0]!);
  const whole = found?.children === undefined ? found : found.children.find(words[1]!);
  if (whole === undefined) throw UNKNOWN;
  if (whole.keySpecs.length === 0) throw NO_KEYS;
  const argc = words.length;
  if (whole.arity > 0 ? argc !== whole.arity : argc < -whole.arity) throw BAD_ARITY;
  const keys = findKeys(whole.keySpecs, words, argc);
  if (keys.length === 0) throw BAD_ARGUMENTS;
  return keys;
}

function keysCommand(
  name: string,
  summary: string,
  help: string,
  write: (ctx: Context, word: Argument, key: FoundKey) => void,
): Command {
  return command({
    name,
    group: 'server',
    since: '7.0.0',
    summary,
    help: [help],
    complexity: 'O(N) where N is the number of arguments to the command',
    flags: ['loading', 'stale'],
    categories: ['connection'],
    args: { name: shown(bytes()), words: shown(many(bytes()), { name: 'full-command', type: 'string' }) },
    run(ctx, { name, words }) {
      const request = [name, ...words];
      const keys = keysOf(ctx, request);
      ctx.out.array(keys.length);
      for (const key of keys) write(ctx, request[key.index]!, key);
    },
  });
}

export const getkeys = keysCommand(
  'getkeys',
  'Extract keys given a full command',
  'Return the keys from a full command.',
  (ctx, word) => ctx.out.bulk(word),
);

export const getkeysandflags = keysCommand(
  'getkeysandflags',
  'Extract keys and access flags given a full command',
  'Return the keys and the access flags from a full command.',
  ({ out }, word, { flags }) => {
    out.array(2);
    out.bulk(word);
    out.set(flags.length);
    for (const flag of flags) out.simple(flag);
  },
);
