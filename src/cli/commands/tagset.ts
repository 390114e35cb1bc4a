import type { Declare } from '../context';
import { typed } from '../io';
import { wholeNumber } from '../options';
import { storedResult } from '../replies';
import { type SetFlags, setWords, withSetOptions } from './set';

interface TagsetFlags extends SetFlags {
  tag: string[];
  grace?: number;
}

export const tagset: Declare = (program, context) => {
  withSetOptions(program.command('tagset'))
    .description('store a value with tags')
    .requiredOption('--tag <tag...>', 'tags of the value (end the list with another option or --)')
    .option('--grace <ms>', 'how long it may be served stale while it is loaded anew', wholeNumber(1))
    .action((key: string, value: string, flags: TagsetFlags) =>
      context.run(async (connection) => {
        const words = setWords(flags);
        if (flags.grace !== undefined) words.push('GRACE', flags.grace);
        words.push('TAGS', ...flags.tag.map(typed));
        return storedResult(key, await connection.call('TAGSET', typed(key), typed(value), ...words));
      }),
    );
};
