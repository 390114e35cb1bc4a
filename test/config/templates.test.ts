import fc from 'fast-check';
import { KeyPattern } from '../../src/base/patterns/key-pattern';
import { compileTemplates, type KeyTemplates, TemplateError, TextTemplate } from '../../src/config';

const keys = (...matches: string[]) => compileTemplates({ keys: matches.map((match) => ({ match })) });

function found(templates: ReturnType<typeof keys>, key: string): unknown {
  const match = templates.match(key);
  return match && [match.template.match, Object.fromEntries(match.params)];
}

test.each<[string, string, Record<string, string> | null]>([
  ['user:{id}', 'user:7', { id: '7' }],
  ['user:{id}', 'user:', null],
  ['user:{id}', 'user:7:8', null],
  ['user:{id}', 'xuser:7', null],
  ['user:{id}', 'user', null],
  ['{any}', 'k', { any: 'k' }],
  ['{any}', 'a:b', null],
  ['config', 'config', {}],
  ['config', 'config2', null],
  ['a:{x}:b:{y}', 'a:1:b:2', { x: '1', y: '2' }],
  ['a::{x}', 'a::1', { x: '1' }],
  ['a:{x}', 'a::1', null],
  ['log:{day}:{path*}', 'log:1:a:b:c', { day: '1', path: 'a:b:c' }],
  ['log:{day}:{path*}', 'log:1:', null],
  ['{all*}', ':', { all: ':' }],
  ['img:{id}.{ext}', 'img:a.b.png', { id: 'a', ext: 'b.png' }],
  ['img:{id}.png', 'img:a.png.png', { id: 'a.png' }],
  ['{a}-{rest*}', 'x:y-z', null],
  ['{a}-{rest*}', 'x-y:z-w', { a: 'x', rest: 'y:z-w' }],
  ['{{user}}:{id}', '{user}:7', { id: '7' }],
  ['user:{id}', 'user:\xff\n\0', { id: '\xff\n\0' }],
  ['café:{id}', Buffer.from('café:7').toString('latin1'), { id: '7' }],
])('%s on %j', (pattern, key, params) => {
  expect(found(keys(pattern), key)).toEqual(params && [pattern, params]);
});

test.each([
  ['{a}{b}', 'put something between {a} and the placeholder after it'],
  ['{a*}:x', '{a*} takes the rest, so it must be last'],
  ['{a}:{a}', 'the placeholder {a} is there twice'],
  ['user:{', "expected a placeholder such as {id} at 'user:{' (a brace itself is {{ or }})"],
  ['user:{}', "expected a placeholder such as {id} at 'user:{}' (a brace itself is {{ or }})"],
  ['user:}', "expected a placeholder such as {id} at 'user:}' (a brace itself is {{ or }})"],
  ['', 'expected a pattern such as user:{id}'],
  [Array.from({ length: 33 }, (_, i) => `{p${i}}.`).join(''), 'at most 64 parts'],
])('the pattern %s is refused', (pattern, message) => {
  expect(() => keys(pattern)).toThrow(new TemplateError(message));
});

test('the first in the order of the file wins, whatever it starts with', () => {
  const templates = keys('user:me', '{kind}:1', 'user:{id}', '{kind}:{id}', '{rest*}');
  const winners = ['user:me', 'user:1', 'user:2', 'org:1', 'org:2', 'a:b:c', 'user'].map(
    (key) => templates.match(key)?.template.index,
  );
  expect(winners).toEqual([0, 1, 2, 1, 3, 4, 4]);
});

test('the same match is found again, and a miss too', () => {
  const templates = keys('user:{id}');
  expect(templates.match('user:1')).toBe(templates.match('user:1'));
  expect([templates.match('x'), templates.match('x')]).toEqual([null, null]);
  expect(found(templates, `user:${'x'.repeat(60_000)}`)).not.toBeNull();
});

/** The plain model: a regular expression that backtracks. */
function model(pattern: string): RegExp {
  const source = pattern.replace(/\{[a-z]\*\}|\{[a-z]\}|[^{]/g, (piece) =>
    piece.endsWith('*}') ? '(.+)' : piece.length > 1 ? '([^:]+?)' : piece.replace(/[.-]/, '\\$&'),
  );
  return new RegExp(`^${source}$`, 's');
}

const literal = fc.string({ unit: fc.constantFrom('a', 'b', ':', '.'), minLength: 1, maxLength: 3 });
const pattern = fc
  .tuple(fc.array(literal, { minLength: 1, maxLength: 4 }), fc.boolean(), fc.boolean(), fc.boolean())
  .map(([literals, opens, closes, rests]) => {
    const names = 'uvwxyz';
    const body = literals.map((text, i) => (i === 0 ? text : `{${names[i]}}${text}`)).join('');
    return `${opens ? '{u}' : ''}${body}${closes ? (rests ? '{z*}' : '{z}') : ''}`;
  });

test('patterns match as a backtracking regular expression does', () => {
  let matched = 0;
  fc.assert(
    fc.property(
      pattern,
      fc.array(fc.string({ unit: fc.constantFrom('a', 'b', ':', '.'), minLength: 1, maxLength: 3 }), {
        minLength: 9,
        maxLength: 9,
      }),
      fc.boolean(),
      (text, fill, isNear) => {
        let at = 0;
        const key = isNear ? text.replace(/\{.\*?\}/g, () => fill[at++]!) : fill.join('').slice(0, 8);
        const expected = model(text).exec(key)?.slice(1) ?? null;
        if (expected !== null) matched++;
        expect(new KeyPattern(text).match(key)).toEqual(expected);
      },
    ),
    { numRuns: 3000 },
  );
  expect(matched).toBeGreaterThan(300);
});

test('a pattern made to backtrack does not: its work is bounded by the key', () => {
  const hostile = new KeyPattern(`${Array.from({ length: 20 }, (_, i) => `{p${i}}a`).join('')}!`);
  expect(hostile.match('a'.repeat(64 * 1024))).toBeNull();
});

test('fillings are data: they are not filled again, and encoding leaves the literals alone', () => {
  const params = new Map([
    ['a', '{b}'],
    ['b', 'x'],
  ]);
  const template = TextTemplate.parse('/{a}/{b}/{{c}}', ['a', 'b']);
  expect(template.expand(params)).toBe('/{b}/x/{c}');
  expect(template.expand(params, encodeURIComponent)).toBe('/%7Bb%7D/x/{c}');
});

test('a star belongs into match only', () => {
  expect(() => TextTemplate.parse('{a*}', ['a'])).toThrow("write {a} here; the star belongs into 'match'");
});

test('what a template does not say stays undefined, so that the setting holds', () => {
  expect(keys('k').list[0]).toMatchObject({
    ttlMs: undefined,
    jitter: 0,
    graceMs: 0,
    layers: { memory: true, disk: true },
    fence: false,
    diskMinTtlMs: undefined,
    load: undefined,
  });
  const section = { match: 'k', layers: ['memory' as const], 'disk-min-ttl': 1000 };
  const [memoryOnly] = compileTemplates({ keys: [section] }).list;
  expect(memoryOnly).toMatchObject({ layers: { memory: true, disk: false }, diskMinTtlMs: 1000 });
});

describe('key prefixes', () => {
  const under = (prefixes: string[], ...matches: string[]) =>
    compileTemplates({ keys: matches.map((match) => ({ match })) }, { prefixes });
  const seen = (templates: KeyTemplates, key: string) => {
    const match = templates.match(key);
    return match && [match.template.match, match.prefix, Object.fromEntries(match.params)];
  };

  test('what a client puts before its keys is taken off, the longest first', () => {
    const templates = under(['app:', 'app:v2:', 'my_'], 'user:{id}', 'all:{rest*}');
    expect(seen(templates, 'user:7')).toEqual(['user:{id}', '', { id: '7' }]);
    expect(seen(templates, 'app:user:7')).toEqual(['user:{id}', 'app:', { id: '7' }]);
    expect(seen(templates, 'app:v2:user:7')).toEqual(['user:{id}', 'app:v2:', { id: '7' }]);
    expect(seen(templates, 'my_user:7')).toEqual(['user:{id}', 'my_', { id: '7' }]);
    // Once, and only from the start.
    for (const key of ['app:app:user:7', 'x:app:user:7', 'app:', 'App:user:7']) expect(seen(templates, key)).toBeNull();
    // The same again, from what is remembered.
    expect(seen(templates, 'app:user:7')).toEqual(['user:{id}', 'app:', { id: '7' }]);
  });

  test('where nothing fits what is left, the whole key is tried', () => {
    const templates = under(['app:'], 'app:{what}', 'user:{id}');
    expect(seen(templates, 'app:user:7')).toEqual(['user:{id}', 'app:', { id: '7' }]);
    expect(seen(templates, 'app:config')).toEqual(['app:{what}', '', { what: 'config' }]);
  });

  test('a prefix is text in UTF-8, keys are bytes', () => {
    expect(seen(under(['é:'], 'user:{id}'), Buffer.from('é:user:7').toString('latin1'))).toEqual([
      'user:{id}',
      Buffer.from('é:').toString('latin1'),
      { id: '7' },
    ]);
  });
});
