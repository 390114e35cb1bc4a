import { Argument } from 'commander';
import { completionScript, SHELLS, type Shell } from '../completion';
import type { Declare } from '../context';

export const completion: Declare = (program, context) => {
  program
    .command('completion')
    .description('print a completion script, as in: source <(cachectl completion bash)')
    .addArgument(new Argument('<shell>', 'shell').choices(SHELLS))
    .action(async (shell: Shell) => {
      const script = completionScript(program, shell);
      await context.print({ json: { shell, script }, human: () => script });
    });
};
