import type { Declare } from '../context';
import { type Argument, typed } from '../io';
import { fieldValue } from '../options';
import { numberOf } from '../replies';

interface Flags {
  key?: string[];
  write?: string;
  id?: string;
  context?: [field: string, value: string][];
}

export const inval: Declare = (program, context) => {
  program
    .command('inval')
    .description(
      'invalidate everything that carries the tags, the keys with all that depends on them, or what a write makes wrong',
    )
    .argument('[tag...]', 'tags')
    .option('--key <key...>', 'keys')
    .option('--write <type>', 'a row of this type was written')
    .option('--id <id>', 'the id of that row')
    .option('--context <field=value...>', 'what else the row says, for placeholders of rules', fieldValue)
    .action((tags: string[], flags: Flags, command) => {
      const { key: keys = [], write } = flags;
      if (tags.length + keys.length === 0 && write === undefined)
        command.error("error: missing argument: a tag, '--key <key>' or '--write <type>'");
      if (write === undefined && (flags.id !== undefined || flags.context !== undefined))
        command.error("error: --id and --context belong to '--write <type>'");
      return context.run(async (connection) => {
        const died = async (name: string, words: readonly Argument[]) =>
          words.length > 0 ? numberOf(await connection.call(name, ...words)) : 0;
        const byTags = await died('INVALTAG', tags.map(typed));
        const byKeys = await died('INVALKEY', keys.map(typed));
        const byWrite = await died('INVALWRITE', wordsOf(flags));
        const total = byTags + byKeys + byWrite;
        return {
          json: {
            invalidated: total,
            by_tags: byTags,
            by_keys: byKeys,
            ...(write !== undefined && { by_write: byWrite }),
          },
          human: () => `${total.toLocaleString('en-US')} ${total === 1 ? 'entry' : 'entries'} invalidated`,
        };
      });
    });
};

function wordsOf({ write, id, context = [] }: Flags): Argument[] {
  if (write === undefined) return [];
  const words: Argument[] = [typed(write)];
  if (id !== undefined) words.push(typed(id));
  if (context.length > 0) words.push('CONTEXT', context.length, ...context.flat().map(typed));
  return words;
}
