import type { Command } from 'commander';
import type { Declare } from '../context';
import { type Argument, typed } from '../io';
import { wholeNumber } from '../options';
import { storedResult } from '../replies';

export interface SetFlags {
  ex?: number;
  px?: number;
  nx?: true;
  xx?: true;
}

export const set: Declare = (program, context) => {
  withSetOptions(program.command('set'))
    .description('store a value')
    .action((key: string, value: string, flags: SetFlags) =>
      context.run(async (connection) =>
        storedResult(key, await connection.call('SET', typed(key), typed(value), ...setWords(flags))),
      ),
    );
};

/** What set and tagset have in common. */
export function withSetOptions(command: Command): Command {
  return command
    .argument('<key>', 'key')
    .argument('<value>', 'value; put -- before one that begins with a dash')
    .option('--ex <seconds>', 'time to live in seconds', wholeNumber(1))
    .option('--px <ms>', 'time to live in milliseconds', wholeNumber(1))
    .option('--nx', 'only if the key is not there')
    .option('--xx', 'only if the key is there')
    .hook('preAction', (_, called) => {
      const { ex, px, nx, xx } = called.opts<SetFlags>();
      if (ex !== undefined && px !== undefined) called.error('error: --ex and --px exclude each other');
      if (nx && xx) called.error('error: --nx and --xx exclude each other');
    });
}

export function setWords({ ex, px, nx, xx }: SetFlags): Argument[] {
  const words: Argument[] = [];
  if (nx) words.push('NX');
  if (xx) words.push('XX');
  if (ex !== undefined) words.push('EX', ex);
  if (px !== undefined) words.push('PX', px);
  return words;
}
