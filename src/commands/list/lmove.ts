import { key, shown, text } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';
import { moveElement } from './move';

const END = {
  type: 'oneof',
  children: [
    { name: 'left', type: 'pure-token', token: 'LEFT' },
    { name: 'right', type: 'pure-token', token: 'RIGHT' },
  ],
} as const;

function endOf(word: string) {
  const end = word.toLowerCase();
  if (end !== 'left' && end !== 'right') throw SYNTAX;
  return end;
}

export const lmove = command({
  name: 'lmove',
  group: 'list',
  since: '6.2.0',
  summary: 'Pop an element from a list, push it to another list and return it',
  complexity: 'O(1)',
  flags: ['write', 'denyoom'],
  args: {
    source: key('RW', 'access', 'delete'),
    destination: key('RW', 'insert'),
    wherefrom: shown(text(), END),
    whereto: shown(text(), END),
  },
  examples: `
> RPUSH jobs a b
:2
> LMOVE jobs done LEFT RIGHT
"a"
> LRANGE done 0 -1
["a"]
`,
  run: (ctx, { source, destination, wherefrom, whereto }) =>
    moveElement(ctx, source, destination, endOf(wherefrom), endOf(whereto)),
});
