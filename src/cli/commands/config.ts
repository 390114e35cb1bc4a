import type { Declare, Result } from '../context';
import { EXIT } from '../exit-codes';
import { type Connection, typed } from '../io';
import { display } from '../render/bytes';
import type { JsonValue } from '../render/json';
import { pairs } from '../render/table';
import { buffersOf } from '../replies';

export const config: Declare = (program, context) => {
  const group = program.command('config').description('read and change settings of the running server');
  group
    .command('get')
    .description('settings whose names match; exit code 1 if there are none')
    .argument('<pattern...>', 'names, or patterns like max*')
    .action((patterns: string[]) => context.run((connection) => read(connection, patterns)));
  group
    .command('set')
    .description('change a setting until the next start (config rewrite keeps it)')
    .argument('<name>', 'name')
    .argument('<value>', 'value')
    .action((name: string, value: string) =>
      context.run(async (connection) => {
        await connection.call('CONFIG', 'SET', typed(name), typed(value));
        return { json: { [name]: value }, human: ({ green }) => green('OK') };
      }),
    );
  group
    .command('rewrite')
    .description('write the settings of now into the configuration file')
    .action(() =>
      context.run(async (connection) => {
        await connection.call('CONFIG', 'REWRITE');
        return { json: { rewritten: true }, human: ({ green }) => green('OK') };
      }),
    );
};

async function read(connection: Connection, patterns: readonly string[]): Promise<Result> {
  const words = buffersOf(await connection.call('CONFIG', 'GET', ...patterns.map(typed)));
  const settings = new Map<string, Buffer>();
  for (let i = 0; i + 1 < words.length; i += 2) settings.set(display(words[i]!), words[i + 1]!);
  if (settings.size === 0) return { json: {}, exit: EXIT.no, note: 'no setting has such a name' };
  const rows = [...settings].map(([name, value]): [string, string] => [name, display(value)]);
  return { json: new Map<string, JsonValue>(settings), human: (paint) => pairs(rows, paint) };
}
