import type { Reply } from '../../../protocol/reply-reader';
import type { Declare, Result } from '../context';
import { type Argument, type Connection, typed } from '../io';
import { wholeNumber } from '../options';
import { display } from '../render/bytes';
import { table } from '../render/table';
import { bufferOf, listOf, numberOf } from '../replies';

interface ListFlags {
  up?: true;
  down?: true;
  depth?: number;
}

export const deps: Declare = (program, context) => {
  const group = program.command('deps').description('which keys are made from which');
  group
    .command('add')
    .description('declare that a key is made from others')
    .argument('<key>', 'key')
    .argument('<source...>', 'keys it is made from')
    .action((key: string, sources: string[]) =>
      context.run(async (connection) =>
        edges(key, 'added', numberOf(await connection.call('DEPADD', typed(key), ...sources.map(typed)))),
      ),
    );
  group
    .command('del')
    .description('take such declarations back, all of the key when no source is named')
    .argument('<key>', 'key')
    .argument('[source...]', 'keys it was made from')
    .action((key: string, sources: string[]) =>
      context.run(async (connection) =>
        edges(key, 'deleted', numberOf(await connection.call('DEPDEL', typed(key), ...sources.map(typed)))),
      ),
    );
  group
    .command('list')
    .description('what a key is made from, or with --down what is made from it')
    .argument('<key>', 'key')
    .option('--up', 'its sources (the default)')
    .option('--down', 'what is made from it')
    .option('--depth <n>', 'at most n steps', wholeNumber(1))
    .action((key: string, flags: ListFlags, command) => {
      if (flags.up && flags.down) command.error('error: --up and --down exclude each other');
      return context.run((connection) => list(connection, key, flags));
    });
};

function edges(key: string, done: string, count: number): Result {
  return { json: { key, [done]: count }, human: () => `${count} ${count === 1 ? 'edge' : 'edges'} ${done}` };
}

async function list(connection: Connection, key: string, flags: ListFlags): Promise<Result> {
  const words: Argument[] = [flags.down ? 'DOWN' : 'UP'];
  if (flags.depth !== undefined) words.push('DEPTH', flags.depth);
  const rows = listOf(await connection.call('DEPLIST', typed(key), ...words)).map(rowOf);
  return {
    json: { key, direction: flags.down ? 'down' : 'up', dependencies: rows.map((row) => ({ ...row })) },
    human: (paint) =>
      rows.length === 0
        ? paint.dim('none')
        : table(
            ['key', 'depth', 'via'],
            rows.map((row) => [display(row.key), String(row.depth), display(row.via)]),
            paint,
          ),
  };
}

function rowOf(reply: Reply): { key: Buffer; depth: number; via: Buffer } {
  const [key, depth, via] = listOf(reply);
  return { key: bufferOf(key), depth: Number(depth), via: bufferOf(via) };
}
