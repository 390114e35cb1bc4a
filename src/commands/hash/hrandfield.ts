import { found, randomPlaces, repeatingCount, writeElement } from '../collections';
import { key, optionalBlock } from '../framework/arguments';
import { command } from '../framework/command';

export const hrandfield = command({
  name: 'hrandfield',
  group: 'hash',
  since: '6.2.0',
  summary: 'Get one or multiple random fields from a hash',
  complexity: 'O(N) where N is the number of fields returned',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access'), options: optionalBlock(repeatingCount(), 'WITHVALUES') },
  examples: `
> HSET user name Ada
:1
> HRANDFIELD user
"name"
> HRANDFIELD user -2 WITHVALUES
["name", "Ada", "name", "Ada"]
`,
  run: (ctx, { key, options }) =>
    found(ctx, key, 'hash', (hash) => {
      const { out, client } = ctx;
      const length = hash?.length ?? 0;
      if (options === undefined) {
        const [place] = randomPlaces(ctx, length, 1);
        return writeElement(ctx, place === undefined ? null : hash!.at(place)[0]);
      }
      const places = randomPlaces(ctx, length, options.value);
      const inPairs = options.flag && client.proto === 3;
      out.array(options.flag && !inPairs ? 2 * places.length : places.length);
      for (const place of places) {
        const [field, value] = hash!.at(place);
        if (inPairs) out.array(2);
        out.bulkText(field);
        if (options.flag) out.bulkText(value);
      }
    }),
});
