import type { Declare } from '../context';
import { EXIT } from '../exit-codes';
import { type Argument, typed } from '../io';
import { wholeNumber } from '../options';
import { quoted } from '../render/bytes';

interface FetchFlags {
  fresh?: true;
  maxAge?: number;
}

export const fetch: Declare = (program, context) => {
  program
    .command('fetch')
    .description("print the value of a key through its loader, as get does; exit code 1 if there's no such thing")
    .argument('<key>', 'key')
    .option('--fresh', 'load it anew, whatever is there')
    .option('--max-age <ms>', 'load it anew if what is there was loaded longer ago', wholeNumber(0))
    .action((key: string, { fresh, maxAge }: FetchFlags) => {
      const words: Argument[] = [...(fresh ? ['FRESH'] : []), ...(maxAge === undefined ? [] : ['MAXAGE', maxAge])];
      return context.run(async (connection) => {
        const value = await connection.call('FETCH', typed(key), ...words);
        if (!Buffer.isBuffer(value)) return { json: { key, value: null }, exit: EXIT.no, note: 'not found' };
        return { json: { key, value }, human: () => (context.io.stdout.isTTY ? quoted(value) : value) };
      });
    });
};
