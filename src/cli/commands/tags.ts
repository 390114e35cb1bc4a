import type { Declare, Result } from '../context';
import { EXIT } from '../exit-codes';
import { type Connection, typed } from '../io';
import { wholeNumber } from '../options';
import { display } from '../render/bytes';
import { bufferOf, buffersOf, listOf, numberOf } from '../replies';

/** Keys that `tags keys` prints unless --count says otherwise. */
const KEYS_MAX = 10_000;
/** Keys asked for at a time. */
const PAGE_KEYS = 1_000;

export const tags: Declare = (program, context) => {
  const group = program.command('tags').description('what carries which tag');
  group
    .command('add')
    .description('add tags to a key')
    .argument('<key>', 'key')
    .argument('<tag...>', 'tags')
    .action((key: string, names: string[]) =>
      context.run(async (connection) =>
        changed(key, numberOf(await connection.call('TAGADD', typed(key), ...names.map(typed)))),
      ),
    );
  group
    .command('remove')
    .description('take tags off a key')
    .argument('<key>', 'key')
    .argument('<tag...>', 'tags')
    .action((key: string, names: string[]) =>
      context.run(async (connection) =>
        changed(key, numberOf(await connection.call('TAGREM', typed(key), ...names.map(typed)))),
      ),
    );
  group
    .command('list')
    .description('the tags of a key')
    .argument('<key>', 'key')
    .action((key: string) => context.run((connection) => list(connection, key)));
  group
    .command('keys')
    .description('the keys that carry a tag')
    .argument('<tag>', 'tag')
    .option('--count <n>', 'print at most n keys', wholeNumber(1), KEYS_MAX)
    .action((tag: string, flags: { count: number }) =>
      context.run((connection) => keysOf(connection, tag, flags.count)),
    );
};

const REFUSED = new Map([
  [-2, 'there is no such key'],
  [-1, 'the entry is gone: one of the tags was invalidated after its value was read'],
]);

function changed(key: string, count: number): Result {
  const refused = REFUSED.get(count);
  if (refused) return { json: { key, changed: 0, refused }, human: ({ red }) => red(refused), exit: EXIT.no };
  return { json: { key, changed: count }, human: () => `${count} ${count === 1 ? 'tag' : 'tags'} changed` };
}

async function list(connection: Connection, key: string): Promise<Result> {
  const reply = await connection.call('TAGLIST', typed(key));
  if (reply === null || typeof reply === 'number') {
    return { json: { key, tags: null }, exit: EXIT.no, note: 'not found' };
  }
  const names = buffersOf(reply);
  return { json: { key, tags: names }, human: () => names.map(display).join('\n') };
}

async function keysOf(connection: Connection, tag: string, countMax: number): Promise<Result> {
  const keys: Buffer[] = [];
  let cursor = Buffer.from('0');
  do {
    const page = Math.min(PAGE_KEYS, countMax - keys.length);
    const reply = listOf(await connection.call('TAGKEYS', typed(tag), 'CURSOR', cursor, 'COUNT', page));
    cursor = bufferOf(reply[0]) as typeof cursor;
    for (const key of buffersOf(reply[1] ?? [])) keys.push(key);
  } while (cursor.toString('latin1') !== '0' && keys.length < countMax);
  const complete = cursor.toString('latin1') === '0' && keys.length <= countMax;
  const shown = keys.slice(0, countMax);
  return {
    json: { tag, keys: shown, complete },
    human: () => shown.map(display).join('\n'),
    ...(complete ? {} : { note: `the first ${shown.length}; --count asks for more` }),
  };
}
