import { command, container } from '../framework/command';
import { ADMIN } from './about';

const list = command({
  ...ADMIN,
  name: 'list',
  since: '4.0.0',
  summary: 'List all modules: there are none',
  help: ['Return a list of loaded modules.'],
  flags: ['admin', 'noscript'],
  tips: ['nondeterministic_output_order'],
  run: ({ out }) => out.array(0),
});

export const moduleCommand = container({
  ...ADMIN,
  name: 'module',
  since: '4.0.0',
  summary: 'A container for module commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [list],
  examples: `
> MODULE LIST
[]
`,
});
