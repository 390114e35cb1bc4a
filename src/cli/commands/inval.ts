import type { Declare } from '../context';
import { typed } from '../io';
import { numberOf } from '../replies';

export const inval: Declare = (program, context) => {
  program
    .command('inval')
    .description('invalidate everything that carries the tags, or the keys with all that depends on them')
    .argument('[tag...]', 'tags')
    .option('--key <key...>', 'keys')
    .action((tags: string[], flags: { key?: string[] }, command) => {
      const keys = flags.key ?? [];
      if (tags.length + keys.length === 0) command.error("error: missing argument: a tag, or '--key <key>'");
      return context.run(async (connection) => {
        const byTags = tags.length > 0 ? numberOf(await connection.call('INVALTAG', ...tags.map(typed))) : 0;
        const byKeys = keys.length > 0 ? numberOf(await connection.call('INVALKEY', ...keys.map(typed))) : 0;
        const total = byTags + byKeys;
        return {
          json: { invalidated: total, by_tags: byTags, by_keys: byKeys },
          human: () => `${total.toLocaleString('en-US')} ${total === 1 ? 'entry' : 'entries'} invalidated`,
        };
      });
    });
};
