import type { Declare } from '../context';
import { typed } from '../io';
import { reportText } from '../render/report';
import { jsonOfTree, treeOf } from '../render/tree';

export const stats: Declare = (program, context) => {
  program
    .command('stats')
    .description('how well the cache works')
    .argument('[section...]', 'sections; all when none is named')
    .option('--reset', 'set the counters back to zero instead')
    .action((sections: string[], flags: { reset?: true }, command) => {
      if (flags.reset && sections.length > 0) command.error('error: --reset takes no sections');
      return context.run(async (connection) => {
        if (flags.reset) {
          await connection.call('STATS', 'RESET');
          return { json: { reset: true }, human: ({ green }) => green('OK') };
        }
        const tree = treeOf(await connection.call('STATS', ...sections.map(typed)));
        return { json: jsonOfTree(tree), human: (paint) => reportText(tree, paint) };
      });
    });
};
