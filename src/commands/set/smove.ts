import { equalBytes } from '../../base/bytes';
import { foundAll } from '../collections';
import { bytes, key } from '../framework/arguments';
import { command } from '../framework/command';
import { writeTruth } from '../values';

export const smove = command({
  name: 'smove',
  group: 'set',
  since: '1.0.0',
  summary: 'Move a member from one set to another',
  complexity: 'O(1)',
  flags: ['write', 'fast'],
  args: { source: key('RW', 'access', 'delete'), destination: key('RW', 'insert'), member: bytes() },
  examples: `
> SADD a one two
:2
> SMOVE a b one
:1
> SMEMBERS b
["one"]
> SMOVE a b three
:0
`,
  run(ctx, { source, destination, member }) {
    const { client, engine } = ctx;
    const { collections } = engine;
    const takes = { create: false, addsBytes: 0, client: client.id };
    const adds = { create: true, addsBytes: member.length, client: client.id };
    return foundAll(ctx, [source], ['set'], ([from]) => {
      if (from === null) return writeTruth(ctx, false);
      return foundAll(ctx, [source, destination], ['set'], ([held]) => {
        const isMember = held?.has(member) ?? false;
        if (!isMember || equalBytes(source, destination)) return writeTruth(ctx, isMember);
        const added = collections.change(client.db, destination, 'set', adds, (set) => set!.add(member));
        return ctx.when(added, () => {
          const taken = collections.change(client.db, source, 'set', takes, (set) => set?.delete(member) ?? false);
          return ctx.when(taken, () => writeTruth(ctx, true));
        });
      });
    });
  },
});
