import type { Declare } from '../context';
import { parseInfo } from '../info-text';
import { type Argument, typed } from '../io';
import { reportText } from '../render/report';
import { jsonOfTree } from '../render/tree';
import { bufferOf } from '../replies';

export const info: Declare = (program, context) => {
  program
    .command('info')
    .description("the server's INFO")
    .argument('[section]', 'one section')
    .action((section: string | undefined) =>
      context.run(async (connection) => {
        const words: Argument[] = section === undefined ? [] : [typed(section)];
        const sections = parseInfo(bufferOf(await connection.call('INFO', ...words)).toString('utf8'));
        return { json: jsonOfTree(sections), human: (paint) => reportText(sections, paint) };
      }),
    );
};
