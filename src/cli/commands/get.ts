import type { Declare } from '../context';
import { EXIT } from '../exit-codes';
import { typed } from '../io';
import { quoted } from '../render/bytes';

export const get: Declare = (program, context) => {
  program
    .command('get')
    .description('print the value of a key: its exact bytes into a pipe, quoted on a terminal; exit code 1 on a miss')
    .argument('<key>', 'key')
    .action((key: string) =>
      context.run(async (connection) => {
        const value = await connection.call('GET', typed(key));
        if (!Buffer.isBuffer(value)) return { json: { key, value: null }, exit: EXIT.no, note: 'not found' };
        return { json: { key, value }, human: () => (context.io.stdout.isTTY ? quoted(value) : value) };
      }),
    );
};
