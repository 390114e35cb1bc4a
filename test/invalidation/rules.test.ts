import { compileRule, RULE_TEXT_BYTES_MAX, type RuleSpec } from '../../src/base/patterns/tag-rule';
import { NO_CONTEXT, NOTHING } from '../../src/invalidation/rules/expansion';
import { RULE_LIMITS, RuleBook, type RuleLimits } from '../../src/invalidation/rules/rule-book';
import { Writes } from '../../src/invalidation/rules/writes';

const fault = (reply: unknown) => expect.objectContaining({ reply });

type Shape = Partial<RuleSpec> & Pick<RuleSpec, 'name' | 'on' | 'invalidate'>;

const spec = (shape: Shape): RuleSpec => ({ soft: false, priority: 0, ...shape });

function book(shapes: readonly Shape[], limits: Partial<RuleLimits> = {}): RuleBook {
  const made = new RuleBook({ ...RULE_LIMITS, ...limits });
  for (const shape of shapes) made.add(spec(shape), 'command');
  return made;
}

const rule = (name: string, on: string, ...invalidate: string[]): Shape => ({ name, on: [on], invalidate });
const hard = (rules: RuleBook, ...tags: string[]) => [...rules.expand(tags, NO_CONTEXT).hard.keys()];

test('what a pattern binds fills the templates; a tag that no rule asks for adds nothing', () => {
  const rules = book([
    rule('feeds', 'user:{id}', 'feed:{id}', 'feeds'),
    rule('rest', 'log:{day}:{path*}', 'at:{path}'),
  ]);
  expect(hard(rules, 'user:7')).toEqual(['feed:7', 'feeds']);
  expect(hard(rules, 'log:1:a:b')).toEqual(['at:a:b']);
  expect(hard(rules, 'user:7', 'user:8', 'user:7')).toEqual(['feed:7', 'feeds', 'feed:8']);
  expect(rules.expand(['user', 'user:', 'user:7:8', 'org:1', ''], NO_CONTEXT)).toBe(NOTHING);
});

test('what fills a placeholder is data, never a pattern', () => {
  const rules = book([rule('a', 'user:{id}', 'feed:{id}'), rule('b', 'feed:{id}', 'page:{id}')]);
  expect(hard(rules, 'user:{id}')).toEqual(['feed:{id}', 'page:{id}']);
  expect(hard(rules, 'user:\xff\0*')).toEqual(['feed:\xff\0*', 'page:\xff\0*']);
});

test('patterns that begin with a placeholder are asked about every tag', () => {
  const rules = book([rule('any', '{type}:{id}', 'type:{type}'), rule('named', 'user:{id}', 'users')]);
  expect(hard(rules, 'user:7').sort()).toEqual(['type:type', 'type:user', 'users']);
  expect(hard(rules, 'org:7').sort()).toEqual(['type:org', 'type:type']);
});

test('chains keep how they came to each tag, and end where they have been', () => {
  const rules = book([rule('a', 'a:{x}', 'b:{x}'), rule('b', 'b:{x}', 'c:{x}', 'a:{x}'), rule('c', 'c:{x}', 'a:{x}')]);
  const { hard: found, fired, isDepthReached } = rules.expand(['a:1'], NO_CONTEXT);
  expect([...found].map(([tag, cause]) => [tag, cause.path, cause.asked])).toEqual([
    ['b:1', ['a:1', 'a'], 'a:1'],
    ['c:1', ['a:1', 'a', 'b:1', 'b'], 'a:1'],
  ]);
  expect(fired.map((firing) => firing.rule.spec.name)).toEqual(['a', 'b', 'c']);
  expect(isDepthReached).toBe(false);
});

test('a chain longer than rule-depth-max is cut, and what was found stays found', () => {
  const rules = book([rule('grow', 'n:{x*}', 'n:{x}:1')], { depthMax: 3 });
  const { hard: found, isDepthReached, isCut } = rules.expand(['n:0'], NO_CONTEXT);
  expect([...found.keys()]).toEqual(['n:0:1', 'n:0:1:1', 'n:0:1:1:1']);
  expect([isDepthReached, isCut]).toEqual([true, false]);
  const fits = book([rule('a', 'a', 'b'), rule('b', 'b', 'c')], { depthMax: 2 });
  expect(fits.expand(['a'], NO_CONTEXT)).toMatchObject({ isDepthReached: false });
});

test('a rule that multiplies its tags is cut at rule-expansion-max', () => {
  const rules = book([rule('grow', 'n:{x*}', 'n:{x}:0', 'n:{x}:1')], { expansionTagsMax: 100 });
  const { hard: found, isCut } = rules.expand(['n:0'], NO_CONTEXT);
  expect(found.size).toBe(100);
  expect(isCut).toBe(true);
});

test('of tags too long for any entry the template is left out and counted', () => {
  const rules = book([rule('long', 'user:{id}', 'copy:{id}:{id}', 'ok')], { tagBytesMax: 9 });
  const { hard: found, fired } = rules.expand(['user:77'], NO_CONTEXT);
  expect([[...found.keys()], fired[0]!.skipped]).toEqual([['ok'], 1]);
});

test('the context fills what no pattern binds; without it the template is left out and counted', () => {
  const rules = book([
    rule('home', 'user:{id}', 'home:{region}', 'feed:{id}'),
    rule('on', 'home:{id}', 'top:{region}'),
  ]);
  const given = rules.expand(
    ['user:7'],
    new Map([
      ['region', 'eu'],
      ['id', 'other'],
    ]),
  );
  expect([...given.hard.keys()]).toEqual(['home:eu', 'feed:7', 'top:eu']);
  const without = rules.expand(['user:7'], NO_CONTEXT);
  expect([[...without.hard.keys()], without.fired[0]!.skipped]).toEqual([['feed:7'], 1]);
  expect(rules.get('home')!.contextNames).toEqual(['region']);
});

test('a template is filled by every pattern that matched', () => {
  const rules = book([{ name: 'two', on: ['user:{id}', '{type}:{x}'], invalidate: ['x-{type}', 'y-{id}'] }]);
  const { hard: found, fired } = rules.expand(['user:7'], NO_CONTEXT);
  expect([...found.keys()].sort()).toEqual(['x-user', 'y-7']);
  expect(fired.map(({ skipped }) => skipped)).toEqual([0]);
});

test('hard beats soft, in whatever order they come', () => {
  const soft = { ...rule('soft', 'a', 'x', 'y'), soft: true };
  for (const priority of [-1, 1]) {
    const rules = book([{ ...soft, priority }, rule('hard', 'a', 'x'), rule('later', 'y', 'z')]);
    const found = rules.expand(['a'], NO_CONTEXT);
    expect([...found.hard].map(([tag, cause]) => [tag, cause.rule.spec.name])).toEqual([
      ['x', 'hard'],
      ['z', 'later'],
    ]);
    expect([...found.soft.keys()]).toEqual(['y']);
  }
});

test('of a soft invalidation nothing dies hard; what was asked for is in neither map', () => {
  const rules = book([rule('a', 'a', 'b', 'a'), rule('b', 'b', 'c')]);
  const { hard: none, soft } = rules.expand(['a'], NO_CONTEXT, true);
  expect([[...none.keys()], [...soft.keys()]]).toEqual([[], ['b', 'c']]);
});

test('higher priority first: it names the cause, and comes first when there is room for one', () => {
  const low = { ...rule('low', 'a:{x}', 'x'), priority: 1 };
  const high = { ...rule('high', '{any}:{x}', 'x', 'y'), priority: 2 };
  const rules = book([low, high]);
  expect([...rules.expand(['a:1'], NO_CONTEXT).hard.values()].map(({ rule }) => rule.spec.name)).toEqual([
    'high',
    'high',
  ]);
  expect(
    hard(book([rule('first', 'a', 'p'), { ...rule('second', 'a', 'q'), priority: 9 }], { expansionTagsMax: 1 }), 'a'),
  ).toEqual(['q']);
});

test('rules come and go; one of a known name is replaced', () => {
  const rules = book([rule('r', 'a:{x}', 'b:{x}'), rule('s', 'a:{x}', 'c:{x}')]);
  const before = rules.get('r')!;
  rules.add(spec(rule('r', '{y}:{x}', 'd:{x}')), 'command');
  expect(hard(rules, 'a:1').sort()).toEqual(['c:1', 'd:1']);
  expect(rules.get('r')!.id).not.toBe(before.id);
  expect(rules.withId(before.id)).toBeUndefined();
  expect(rules.delete('r', 'command')).toBe(true);
  expect(rules.delete('r', 'command')).toBe(false);
  expect(hard(rules, 'a:1')).toEqual(['c:1']);
  rules.delete('s', 'command');
  expect([rules.size, rules.expand(['a:1'], NO_CONTEXT)]).toEqual([0, NOTHING]);
});

test('a rule of the configuration is not a client’s to change', () => {
  const rules = new RuleBook();
  rules.add(spec(rule('r', 'a', 'b')), 'config');
  const refusal = fault("ERR rule 'r' is from the configuration: change it there");
  expect(() => rules.delete('r', 'command')).toThrow(refusal);
  expect(() => rules.add(spec(rule('r', 'a', 'c')), 'command')).toThrow(refusal);
  expect(hard(rules, 'a')).toEqual(['b']);
});

test('rules-max holds, and does not hinder replacing', () => {
  const rules = book([rule('r', 'a', 'b')], { rulesMax: 1 });
  expect(() => rules.add(spec(rule('s', 'a', 'b')), 'command')).toThrow(
    fault("ERR rule 's': there are 1 rules already (rules-max)"),
  );
  rules.add(spec(rule('r', 'a', 'c')), 'command');
  expect(hard(rules, 'a')).toEqual(['c']);
});

test('rule-tries-max: no tag is held against more patterns than that', () => {
  const rules = book([rule('r', 'a:{x}', 'b'), rule('s', 'b:{x}', 'b'), rule('any', '{x}', 'b')], { triesMax: 2 });
  expect(() => rules.add(spec(rule('t', 'a', 'b')), 'command')).toThrow(
    fault("ERR rule 't': a tag would be held against 3 patterns (rule-tries-max)"),
  );
  expect(() => rules.add(spec(rule('t', '{x}:{y}', 'b')), 'command')).toThrow(fault(expect.stringContaining('tries')));
  rules.add(spec(rule('r', 'c', 'b')), 'command');
  rules.add(spec(rule('t', 'a', 'b')), 'command');
});

test('a chain that is too much to match is cut, what was asked for is not', () => {
  const rules = book([rule('a', 'a:{x*}', 'b:{x}'), rule('b', 'b:{x*}', 'c:{x}'), rule('c', 'c:{x*}', 'd:{x}')], {
    matchedBytesMax: 5000,
  });
  const long = 'x'.repeat(3000);
  const { hard: found, isCut } = rules.expand([`a:${long}`], NO_CONTEXT);
  expect([[...found.keys()].map((tag) => tag[0]), isCut]).toEqual([['b', 'c'], true]);
});

// FAULTS F83: a bad or exponential pattern is refused where it is given, by its rule's name.
const LONG = 'x'.repeat(RULE_TEXT_BYTES_MAX);
test.each<[string, Shape, string]>([
  ['empty pattern', rule('r', '', 'b'), "'': expected a pattern such as user:{id}"],
  ['empty template', rule('r', 'a', ''), "'': expected a tag such as user:{id}"],
  [
    'unclosed brace',
    rule('r', 'a:{', 'b'),
    "'a:{': expected a placeholder such as {id} at 'a:{' (a brace itself is {{ or }})",
  ],
  [
    'unclosed brace in a template',
    rule('r', 'a', 'b:{x'),
    "'b:{x': expected a placeholder such as {id} at 'b:{x' (a brace itself is {{ or }})",
  ],
  [
    'placeholders side by side',
    rule('r', '{a}{b}', 'b'),
    "'{a}{b}': put something between {a} and the placeholder after it",
  ],
  ['rest before the end', rule('r', '{a*}x{b*}', 'b'), "'{a*}x{b*}': {a*} takes the rest, so it must be last"],
  ['placeholder twice', rule('r', '{a}:{a}', 'b'), "'{a}:{a}': the placeholder {a} is there twice"],
  ['star in a template', rule('r', '{a*}', '{a*}'), "'{a*}': write {a} here; the star belongs into 'on'"],
  ['pattern too long', rule('r', `${LONG}x`, 'b'), `'${'x'.repeat(57)}...': longer than 4096 bytes`],
  ['template too long', rule('r', 'a', `${LONG}x`), `'${'x'.repeat(57)}...': longer than 4096 bytes`],
  [
    'too many parts',
    rule('r', Array.from({ length: 40 }, (_, i) => `{p${i}}.`).join(''), 'b'),
    `'${Array.from({ length: 40 }, (_, i) => `{p${i}}.`)
      .join('')
      .slice(0, 57)}...': at most 64 parts`,
  ],
  [
    'too many patterns',
    { name: 'r', on: Array.from({ length: 33 }, (_, i) => `p${i}`), invalidate: ['b'] },
    "more than 32 texts in 'on' (rule-patterns-max)",
  ],
  [
    'too much in all',
    { name: 'r', on: ['a'], invalidate: Array.from({ length: 5 }, () => LONG) },
    'longer than 16384 bytes in all',
  ],
  ['no template', { name: 'r', on: ['a'], invalidate: [] }, "'invalidate' is empty"],
  [
    'placeholder that nothing can fill',
    { ...rule('r', 'a:{x}', 'b:{z}'), context: ['y'] },
    "'b:{z}': unknown placeholder {z}: there is {x}, {y}",
  ],
  [
    'the same with no placeholder at all',
    { ...rule('r', 'a', 'b:{z}'), context: [] },
    "'b:{z}': unknown placeholder {z}: there are none",
  ],
])('%s is refused', (_what, shape, complaint) => {
  expect(() => book([shape])).toThrow(fault(`ERR rule 'r': ${complaint}`));
});

test.each([
  ['', "rule '': expected a name without control characters"],
  ['a\nb', "rule 'a?b': expected a name without control characters"],
  ['n'.repeat(129), `rule '${'n'.repeat(57)}...': the name is longer than 128 bytes`],
])('the name %j is refused', (name, complaint) => {
  expect(() => book([{ ...rule('r', 'a', 'b'), name }])).toThrow(fault(`ERR ${complaint}`));
});

test('the path of a mistake leads into the rule', () => {
  expect(() => compileRule(spec({ name: 'r', on: ['a', '{'], invalidate: ['b'] }), 32)).toThrow(
    expect.objectContaining({ path: ['on', 1] }),
  );
});

// Work, not time: what a backtracking matcher would need exponentially many steps for is answered at all.
test('a pattern made to be slow is not', () => {
  const hostile = `${Array.from({ length: 30 }, (_, i) => `{p${i}}a`).join('')}!`;
  const rules = book([rule('slow', hostile, 'x')]);
  expect(rules.expand(['a'.repeat(4096)], NO_CONTEXT)).toBe(NOTHING);
});

describe('writes', () => {
  const writes = new Writes(
    new Map([
      ['user', ['user:{id}', 'users', 'home:{region}']],
      ['order', ['order:{id}']],
      ['constructor', ['c:{id}']],
    ]),
  );
  test.each<[string, string | undefined, Record<string, string>, string[]]>([
    ['user', '7', { region: 'eu' }, ['user:7', 'users', 'home:eu']],
    ['user', '7', {}, ['user:7', 'users']],
    ['user', undefined, {}, ['users']],
    ['user', '7', { id: '8' }, ['user:7', 'users']],
    ['order', undefined, {}, ['order']],
    ['order', 'a:{b}', {}, ['order:a:{b}']],
    ['page', '1', {}, ['page:1']],
    ['page', undefined, {}, ['page']],
    ['constructor', '1', {}, ['c:1']],
    ['toString', '1', {}, ['toString:1']],
  ])('%s %s %j', (type, id, context, tags) => {
    expect(writes.tagsOf(type, id, new Map(Object.entries(context)))).toEqual(tags);
  });

  test('templates that could not be filled are counted', () => {
    const counting = new Writes(new Map([['a', ['{id}:{x}', 'b']]]));
    counting.tagsOf('a', '1', NO_CONTEXT);
    expect(counting.skipped).toBe(1);
  });
});
