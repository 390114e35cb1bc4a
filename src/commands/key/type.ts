import { TYPE_STRING } from '../../layers/layer';
import { KINDS, type Kind } from '../../types/kinds';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import { located } from '../values';

/** What TYPE answers and SCAN's TYPE asks for, by the number that entries carry. */
const TYPE_NAMES = new Map<number, string>([
  [TYPE_STRING, 'string'],
  ...(Object.keys(KINDS) as Kind[]).map((kind) => [KINDS[kind].type, kind] as const),
]);

/** The number of a type's name in any case; undefined if nothing can have it. */
export function typeNamed(name: string): number | undefined {
  for (const [type, known] of TYPE_NAMES) if (known === name.toLowerCase()) return type;
  return undefined;
}

export const type = command({
  name: 'type',
  group: 'generic',
  since: '1.0.0',
  summary: 'Determine the type stored at key',
  complexity: 'O(1)',
  flags: ['readonly', 'fast'],
  args: { key: key('RO') },
  examples: `
> SET k v
+OK
> TYPE k
+string
> TYPE missing
+none
`,
  run(ctx, { key }) {
    return located(ctx, key, (slot) => {
      ctx.out.simple(slot === 0 ? 'none' : (TYPE_NAMES.get(ctx.engine.typeOf(slot)) ?? 'none'));
    });
  },
});
