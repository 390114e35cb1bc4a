import { found, randomPlaces, repeatingCount, writeElement, writeTexts } from '../collections';
import { key, optionalLast } from '../framework/arguments';
import { command } from '../framework/command';

export const srandmember = command({
  name: 'srandmember',
  group: 'set',
  since: '1.0.0',
  summary: 'Get one or multiple random members from a set',
  complexity: 'Without the count argument O(1), otherwise O(N) where N is the absolute value of the passed count.',
  flags: ['readonly'],
  tips: ['nondeterministic_output'],
  args: { key: key('RO', 'access'), count: optionalLast(repeatingCount()) },
  examples: `
> SADD tags a
:1
> SRANDMEMBER tags
"a"
> SRANDMEMBER tags -2
["a", "a"]
`,
  run: (ctx, { key, count }) =>
    found(ctx, key, 'set', (set) => {
      const places = randomPlaces(ctx, set?.length ?? 0, count ?? 1);
      const members = places.map((place) => set!.at(place));
      if (count === undefined) writeElement(ctx, members[0]);
      else writeTexts(ctx, members);
    }),
});
