import { ConfigError, loadConfig } from '../../src/config';

const HEAD = [
  'sources: { api: { http: "http://127.0.0.1:8080" }, db: { sql: "sqlite:/tmp/x.db" } }',
  'keys:',
  '  - { match: "user:{id}", load: { from: api, path: "/users/{id}" } }',
  '  - { match: "plain:{id}" }',
  '  - { match: home, load: { from: api, path: /home } }',
  'lists: { active: { from: api, path: /active }, ids: { from: db, query: "select id from users" } }',
  'warm:',
].join('\n');
/** The line of the first task. */
const FIRST = 8;

function load(text: string) {
  return loadConfig({
    argv: ['larder.yaml'],
    env: {},
    cwd: '/srv',
    readFile: () => Buffer.from(text),
  });
}

function complaint(text: string): string {
  try {
    load(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('it was not refused');
}

test('tasks and lists are ready for use', () => {
  const { warm } = load(
    [
      HEAD,
      '  - { id: all, name: "All of them ü", keys: [home, "user:{1..9}"], every: 60m, priority: 100, on-start: true, tags: [a, b] }',
      '  - { id: some, template: "user:{id}", list: active, cron: "0 6 * * *", timezone: Europe/Rome, rate: 50, ttl: 90s, db: 3, force: on }',
      '  - { id: held, template: "user:{id}", every: 10s }',
    ].join('\n'),
  );
  expect(warm.tasks[0]).toMatchObject({
    id: 'all',
    name: 'All of them \xc3\xbc',
    keys: ['home', 'user:{1..9}'],
    everyMs: 3_600_000,
    priority: 100,
    onStart: true,
    tags: ['a', 'b'],
    force: false,
    db: 0,
  });
  expect(warm.tasks[1]).toMatchObject({
    template: 'user:{id}',
    list: 'active',
    cron: '0 6 * * *',
    timezone: 'Europe/Rome',
    rate: 50,
    ttlMs: 90_000,
    db: 3,
    force: true,
  });
  expect([...warm.lists.keys()]).toEqual(['active', 'ids']);
  expect(warm.lists.get('ids')).toMatchObject({ kind: 'sql', rows: 'many' });
  expect(warm.warnings).toEqual([]);
});

test('what can be but is hardly meant is doubted', () => {
  const text = `${HEAD}\n  - { id: a, keys: [nothing], every: 1m }\n  - { id: b, keys: [home] }`;
  expect(load(text).warnings).toEqual([
    "warm[0] (a): no template of 'keys' loads 'nothing'",
    'warm[1] (b): it runs only when WARMTASK RUN asks for it',
  ]);
});

test.each([
  ['an unknown field', 'keys: [home], evry: 1m', "warm[0]: unknown key 'evry' (did you mean 'every'?)"],
  ['no keys', 'every: 1m', "warm[0].keys: task 't': expected 'keys', 'template' or 'list'"],
  ['an empty list of keys', 'keys: []', 'warm[0].keys: expected at least 1 of them'],
  ['a bad cron', 'keys: [home], cron: "61 * * * *"', /^warm\[0\]\.cron: task 't': .*61/],
  ['too few fields', 'keys: [home], cron: "* * *"', /^warm\[0\]\.cron: task 't': .*five/],
  [
    'a date',
    'keys: [home], cron: "2030-01-01T00:00:00"',
    "warm[0].cron: task 't': expected five fields such as 0 6 * * *",
  ],
  [
    'every and cron',
    'keys: [home], every: 1m, cron: "* * * * *"',
    "warm[0].cron: task 't': expected 'every' or 'cron', not both",
  ],
  [
    'a zone of nowhere',
    'keys: [home], cron: "* * * * *", timezone: Mars',
    "warm[0].cron: task 't': there is no time zone 'Mars'",
  ],
  ['a zone without cron', 'keys: [home], timezone: UTC', "warm[0].timezone: task 't': it is of no use without 'cron'"],
  [
    'no such template',
    'template: "usr:{id}"',
    "warm[0].template: task 't': there is no template 'usr:{id}', only 'user:{id}', 'plain:{id}', 'home'",
  ],
  [
    'a template that loads nothing',
    'template: "plain:{id}"',
    "warm[0].template: task 't': the template 'plain:{id}' has no 'load'",
  ],
  [
    'a list for no placeholder',
    'template: home, list: active',
    "warm[0].list: task 't': the template 'home' has no placeholder that a list could fill",
  ],
  [
    'no such list',
    'template: "user:{id}", list: actve',
    "warm[0].list: task 't': there is no list 'actve', only 'active', 'ids'",
  ],
  [
    'keys and a template',
    'keys: [home], template: "user:{id}"',
    "warm[0].template: task 't': expected 'keys', or 'template' and 'list', not both",
  ],
  ['keys that go down', 'keys: [home, "user:{9..1}"]', "warm[0].keys[1]: task 't': {9..1} goes down"],
  ['a database that is not there', 'keys: [home], db: 16', "warm[0].db: task 't': expected a database from 0 to 15"],
  ['a rate of nothing', 'keys: [home], rate: 0', "warm[0].rate: expected at least 1, got '0'"],
  ['a period of nothing', 'keys: [home], every: 0', "warm[0].every: expected at least 100ms, got '0'"],
])('refused: %s', (_, fields, what) => {
  const said = complaint(`${HEAD}\n  - { id: t, ${fields} }`);
  const [, line, rest] = /^larder\.yaml:(\d+): (.*)$/.exec(said)!;
  expect(Number(line)).toBe(FIRST);
  if (typeof what === 'string') expect(rest).toBe(what);
  else expect(rest).toMatch(what);
});

test('refused: two tasks of one id, an id with blanks, a list with a placeholder or of no source', () => {
  const two = '  - { id: t, keys: [home] }\n  - { id: t, keys: [home] }';
  expect(complaint(`${HEAD}\n${two}`)).toBe("larder.yaml:9: warm[1].id: there are two tasks 't'");
  expect(complaint(`${HEAD}\n  - { id: "a b", keys: [home] }`)).toMatch(
    /:8: warm\[0\]\.id: task 'a b': expected an id/,
  );
  expect(complaint('lists:\n  a: { from: api, path: /x }')).toBe(
    "larder.yaml:2: lists.a.from: there is no source 'api'",
  );
  const api = 'sources: { api: { http: "http://h" } }\nlists:\n  a:\n    from: api\n';
  expect(complaint(`${api}    path: /x/{id}`)).toMatch(/^larder\.yaml:5: lists\.a\.path: unknown placeholder \{id\}/);
  expect(complaint(`${api}    path: /x\n    batch: 5`)).toBe('larder.yaml:6: lists.a.batch: a list is one call');
  expect(complaint(`${api}    pth: /x`)).toMatch(/^larder\.yaml:5: lists\.a: unknown key 'pth'/);
});
