import type { Declare, Result } from '../context';
import { type Argument, type Connection, typed } from '../io';
import { fieldValue, wholeNumber } from '../options';
import { invalidationIn, invalidationJson, invalidationText } from '../render/invalidation';
import { numberOf } from '../replies';

interface Flags {
  key?: string[];
  write?: string;
  id?: string;
  context?: [field: string, value: string][];
  soft?: true;
  dryRun?: true;
  sync?: true;
  cascade: boolean;
  limit?: number;
  stagger?: number;
  reason?: string;
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
    .option('--soft', 'what has a grace and a loader stays for its grace')
    .option('--dry-run', 'change nothing, and report what would be invalidated')
    .option('--sync', 'wait until all of it is gone, so that the report is exact')
    .option('--no-cascade', 'what depends on it stays')
    .option('--limit <n>', 'nothing at all if it is more than n entries', wholeNumber(0))
    .option('--stagger <ms>', 'with --soft: entries become stale one by one within this time', wholeNumber(0))
    .option('--reason <text>', 'what `why` will say')
    .action((tags: string[], flags: Flags, command) => {
      const { key: keys = [], write } = flags;
      if (tags.length + keys.length === 0 && write === undefined)
        command.error("error: missing argument: a tag, '--key <key>' or '--write <type>'");
      if (write === undefined && (flags.id !== undefined || flags.context !== undefined))
        command.error("error: --id and --context belong to '--write <type>'");
      if (asksForReport(flags)) {
        if (write !== undefined && (flags.id === undefined || flags.context !== undefined))
          command.error("error: with options of INVAL '--write <type>' needs --id, and takes no --context");
        return context.run((connection) => report(connection, tags, flags));
      }
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

/** One INVAL for all of it; without its options the short commands answer how many died by what. */
function asksForReport({ soft, dryRun, sync, cascade, limit, stagger, reason }: Flags): boolean {
  return [soft, dryRun, sync, limit, stagger, reason].some((flag) => flag !== undefined) || !cascade;
}

async function report(connection: Connection, tags: readonly string[], flags: Flags): Promise<Result> {
  const fields = invalidationIn(await connection.call('INVAL', ...optionsOf(flags), ...namesOf(tags, flags)));
  return { json: invalidationJson(fields), human: (paint) => invalidationText(fields, paint) };
}

function optionsOf({ soft, dryRun, sync, cascade, limit, stagger, reason }: Flags): Argument[] {
  const flags = { SOFT: soft, DRYRUN: dryRun, SYNC: sync, NOCASCADE: !cascade };
  const words: Argument[] = Object.entries(flags).flatMap(([word, isGiven]) => (isGiven ? [word] : []));
  if (limit !== undefined) words.push('LIMIT', limit);
  if (stagger !== undefined) words.push('STAGGER', stagger);
  if (reason !== undefined) words.push('REASON', typed(reason));
  return words;
}

function namesOf(tags: readonly string[], { key: keys = [], write, id }: Flags): Argument[] {
  const words: Argument[] = [];
  if (tags.length > 0) words.push('TAGS', tags.length, ...tags.map(typed));
  if (keys.length > 0) words.push('KEYS', keys.length, ...keys.map(typed));
  if (write !== undefined && id !== undefined) words.push('WRITE', typed(write), typed(id));
  return words;
}

function wordsOf({ write, id, context = [] }: Flags): Argument[] {
  if (write === undefined) return [];
  const words: Argument[] = [typed(write)];
  if (id !== undefined) words.push(typed(id));
  if (context.length > 0) words.push('CONTEXT', context.length, ...context.flat().map(typed));
  return words;
}
