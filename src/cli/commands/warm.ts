import type { Declare } from '../context';
import { EXIT } from '../exit-codes';
import { typed } from '../io';
import { numberOf } from '../replies';

export const warm: Declare = (program, context) => {
  program
    .command('warm')
    .description('load keys through their loaders in the background; exit code 1 if none of them has one')
    .argument('<key...>', 'keys')
    .action((keys: string[]) =>
      context.run(async (connection) => {
        const queued = numberOf(await connection.call('WARM', ...keys.map(typed)));
        return {
          json: { asked: keys.length, queued },
          human: () => `${queued} of ${keys.length} queued for loading`,
          exit: queued > 0 ? EXIT.ok : EXIT.no,
        };
      }),
    );
};
