import fc from 'fast-check';
import type { RuleSpec } from '../../src/base/patterns/tag-rule';
import type { Context } from '../../src/invalidation/rules/expansion';
import { RULE_LIMITS, RuleBook } from '../../src/invalidation/rules/rule-book';

/** The obvious way: a regular expression a pattern, and rounds until nothing new comes. */
function regexOf(pattern: string): RegExp {
  const source = pattern.replace(/\{([a-z]+)(\*?)\}|[^{]+/g, (part, name: string | undefined, star: string) => {
    if (name === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return star === '*' ? `(?<${name}>[^]+?)` : `(?<${name}>[^:]+?)`;
  });
  return new RegExp(`^${source}$`);
}

function naive(rules: readonly RuleSpec[], tags: readonly string[], context: Context, depthMax: number) {
  const given = new Set(tags);
  const found = new Map<string, 'hard' | 'soft'>();
  let level = [...given];
  for (let depth = 0; depth < depthMax && level.length > 0; depth++) {
    const next = new Set<string>();
    for (const tag of level) {
      for (const rule of rules) {
        for (const pattern of rule.on) {
          const bound = regexOf(pattern).exec(tag);
          if (bound === null) continue;
          for (const template of rule.invalidate) {
            const missing = [...template.matchAll(/\{(\w+)\}/g)].some(
              ([, name]) => bound.groups?.[name!] === undefined && !context.has(name!),
            );
            if (missing) continue;
            const made = template.replace(/\{(\w+)\}/g, (_, name) => bound.groups?.[name] ?? context.get(name)!);
            if (given.has(made)) continue;
            if (!found.has(made)) next.add(made);
            if (found.get(made) !== 'hard') found.set(made, rule.soft ? 'soft' : 'hard');
          }
        }
      }
    }
    level = [...next];
  }
  const of = (kind: string) => [...found].filter(([, each]) => each === kind).map(([tag]) => tag);
  return { hard: of('hard').sort(), soft: of('soft').sort() };
}

const segment = fc.constantFrom('a', 'b', 'ab', 'a.b');
const placeholder = fc.constantFrom('{x}', '{y}', 'a{x}', '{y}.{x}', '{x}b');
const pattern = fc
  .tuple(fc.array(fc.oneof(segment, placeholder), { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([parts, rest]) => parts.join(':') + (rest ? ':{z*}' : ''))
  .filter((text) => {
    const names = [...text.matchAll(/\{(\w+)/g)].map(([, name]) => name);
    return new Set(names).size === names.length;
  });
const template = fc
  .array(fc.constantFrom('a', 'b', '{x}', '{y}', '{z}', '{c}'), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join(':'));
const shape = fc.record({
  on: fc.array(pattern, { minLength: 1, maxLength: 2 }),
  invalidate: fc.array(template, { minLength: 1, maxLength: 2 }),
  soft: fc.boolean(),
  priority: fc.integer({ min: -1, max: 1 }),
});
const tag = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(':'));
const context = fc.constantFrom<Context>(new Map(), new Map([['c', 'a:b']]));

test('what rules add is what regular expressions and rounds add', () => {
  fc.assert(
    fc.property(
      fc.array(shape, { maxLength: 5 }),
      fc.array(tag, { minLength: 1, maxLength: 3 }),
      context,
      fc.integer({ min: 1, max: 4 }),
      (shapes, tags, given, depthMax) => {
        const rules = shapes.map((each, i): RuleSpec => ({ ...each, name: `r${i}` }));
        const limits = { ...RULE_LIMITS, depthMax, expansionTagsMax: 1e6, tagBytesMax: 1e6 };
        const book = new RuleBook(limits);
        for (const rule of rules) book.add(rule, 'command');
        const { hard, soft } = book.expand(tags, given);
        expect({ hard: [...hard.keys()].sort(), soft: [...soft.keys()].sort() }).toEqual(
          naive(rules, tags, given, depthMax),
        );
        for (const [made, cause] of [...hard, ...soft]) {
          expect(cause.path.length).toBeLessThanOrEqual(2 * depthMax);
          expect(tags).toContain(cause.path[0]);
          expect(tags).not.toContain(made);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('adding and deleting leaves the same book as adding what is left', () => {
  fc.assert(
    fc.property(fc.array(shape, { maxLength: 6 }), fc.array(fc.boolean()), fc.array(tag), (shapes, kept, tags) => {
      const [worn, fresh] = [new RuleBook(), new RuleBook()];
      for (const [i, each] of shapes.entries()) worn.add({ ...each, name: `r${i}` }, 'command');
      for (const [i, each] of shapes.entries()) {
        if (kept[i] ?? true) fresh.add({ ...each, name: `r${i}` }, 'command');
        else worn.delete(`r${i}`, 'command');
      }
      const added = (book: RuleBook) => {
        const { hard, soft, fired } = book.expand(tags, new Map());
        return [[...hard.keys()], [...soft.keys()], fired.map(({ rule }) => rule.spec.name)];
      };
      expect(added(worn)).toEqual(added(fresh));
    }),
  );
});
