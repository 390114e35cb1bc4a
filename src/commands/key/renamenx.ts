import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeTruth } from '../values';
import { renameKey } from './rename';

export const renamenx = command({
  name: 'renamenx',
  group: 'generic',
  since: '1.0.0',
  summary: 'Rename a key, only if the new key does not exist',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  args: { key: key('RW', 'access', 'delete'), newkey: key('OW', 'insert') },
  examples: `
> MSET a 1 b 2
+OK
> RENAMENX a b
:0
> RENAMENX a c
:1
`,
  run: (ctx, { key, newkey }) => renameKey(ctx, key, newkey, false, (done) => writeTruth(ctx, done)),
});
