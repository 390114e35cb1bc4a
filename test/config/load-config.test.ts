// Braces after a dollar sign in these strings are Larder's, not JavaScript's.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: see above
import { type ConfigInput, loadConfig } from '../../src/config';

const noFile = (path: string): Buffer => {
  throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
};

function load(text: string | Buffer | undefined, more: Partial<ConfigInput> & { flags?: string[] } = {}) {
  const { flags = [], ...input } = more;
  return loadConfig({
    argv: text === undefined ? flags : ['larder.yaml', ...flags],
    env: {},
    cwd: '/srv',
    readFile: text === undefined ? noFile : () => Buffer.from(text),
    ...input,
  });
}

function complaint(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
  throw new Error('expected an error');
}

const MAIN = 'sources: { m: { sql: "sqlite:f" } }';
const API = 'sources: { a: { http: "http://h" } }';

// FAULTS F86: each names the file, the line and what was expected.
test.each<[string, string | Buffer, string]>([
  ['unknown key', 'port: 1\nmaxmemry: 1gb', "2: unknown key 'maxmemry' (did you mean 'maxmemory'?)"],
  ['unknown key like no other', 'zzzzzzzz: 1', "1: unknown key 'zzzzzzzz'"],
  ['key that objects have', 'constructor: 1', "1: unknown key 'constructor'"],
  ['prototype', '__proto__: {port: 1}', "1: unknown key '__proto__'"],
  ['wrong type', '# a comment\nport: {a: 1}', '2: port: expected one value, got names and values'],
  ['word for a size', '\n\nmaxmemory: lots', "3: maxmemory: expected a size such as 256mb, got 'lots'"],
  ['no value', 'port:', "1: port: expected a whole number, got ''"],
  ['duplicate key', 'port: 1\ndir: x\nport: 2', "3: duplicate key 'port'"],
  ['negative', 'maxmemory: -1', "1: maxmemory: expected a size such as 256mb, got '-1'"],
  ['1e400', 'maxclients: 1e400', "1: maxclients: expected a whole number, got '1e400'"],
  ['too large', 'maxmemory: 33gb', "1: maxmemory: expected at most 32gb, got '33gb'"],
  ['too small', 'maxmemory: 0', "1: maxmemory: expected at least 1mb, got '0'"],
  [
    'duration',
    'timeout: 5 parsecs',
    "1: timeout: expected a duration such as 500ms, 30s or 10m (a plain number is seconds), got '5 parsecs'",
  ],
  [
    'word of an enum',
    'maxmemory-policy: lru',
    "1: maxmemory-policy: expected one of noeviction, allkeys-lru, volatile-lru, volatile-ttl, allkeys-random, volatile-random, got 'lru'",
  ],
  ['boolean', 'disk: maybe', "1: disk: expected yes or no, got 'maybe'"],
  ['list at the top', '- port', "1: expected lines such as 'port: 6380'"],
  ['text at the top', 'hello', "1: expected lines such as 'port: 6380'"],
  [
    'broken YAML',
    'port: 1\ndir: [a',
    '2: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'two documents',
    'port: 1\n---\nport: 2',
    '2: not valid YAML: Source contains multiple documents; please use YAML.parseAllDocuments()',
  ],
  ['missing anchor', 'port: 1\nadmin-port: *p', "2: there is no anchor 'p'"],
  ['missing variable', 'port: 1\nrequirepass: "${SECRET}"', "2: the environment has no variable 'SECRET'"],
  ['not UTF-8', Buffer.from([0xff, 0xfe, 0x70, 0]), ' expected text in UTF-8'],
  ['larger than a configuration is', '#'.repeat(1024 * 1024 + 1), ' expected a file of at most 1mb'],
  [
    'settings that disagree',
    'dir: x\nclient-output-buffer-limit-soft: 65mb',
    '2: client-output-buffer-limit-soft (65mb) must not be above client-output-buffer-limit-hard (64mb)',
  ],
  [
    'field of a template',
    'keys:\n  - match: "u:{id}"\n    tgas: [a]',
    "3: keys[0]: unknown key 'tgas' (did you mean 'tags'?)",
  ],
  [
    'value in a template',
    'keys:\n  - match: "u:{id}"\n  - match: "v:{id}"\n    ttl: soon',
    "4: keys[1].ttl: expected a duration such as 500ms, 30s or 10m (a plain number is seconds), got 'soon'",
  ],
  ['type in a template', 'keys:\n  - match: "u:{id}"\n    tags: user', '3: keys[0].tags: expected a list'],
  ['template without match', 'keys:\n  - ttl: 1s', '2: keys[0].match: expected text'],
  [
    'unknown placeholder',
    'keys:\n  - match: "u:{id}"\n    tags:\n      - u\n      - "u:{uid}"',
    "5: keys[0].tags[1]: unknown placeholder {uid}: 'match' has {id}",
  ],
  [
    'adjacent placeholders',
    'keys:\n  - match: "u:{a}{b}"',
    '2: keys[0].match: put something between {a} and the placeholder after it',
  ],
  [
    'missing source',
    'keys:\n  - match: "u"\n    load: { from: api, path: /u }',
    "3: keys[0].load.from: there is no source 'api'",
  ],
  [
    'unknown layer',
    'keys:\n  - match: "u"\n    layers: [disk, moon]',
    "3: keys[0].layers[1]: expected one of memory, disk, got 'moon'",
  ],
  ['source of no kind', 'sources:\n  main: { timeout: 1s }', "2: sources.main: expected either 'http' or 'sql'"],
  [
    'source of two kinds',
    'sources:\n  main: { http: "http://h", sql: "sqlite:f" }',
    "2: sources.main: expected either 'http' or 'sql'",
  ],
  [
    'kind of database',
    'sources:\n  main: { sql: "oracle://u:secret@h/d" }',
    '2: sources.main.sql: expected postgres://user@host/database, mysql://user@host/database or sqlite:file',
  ],
  [
    'field of another kind of source',
    'sources:\n  main:\n    sql: "sqlite:f"\n    headers: { a: b }',
    "4: sources.main.headers: an sql source has no 'headers', only sql, password, timeout, connections-max, calls-per-second-max, breaker-failures, breaker-retry, replica-lag",
  ],
  [
    'status',
    'sources: { a: { http: "http://h", status: { 302: absent } } }',
    "1: sources.a.status.302: expected a status of 200 to 299 or 400 to 599, or 2xx, 4xx, 5xx, got '302'",
  ],
  [
    'private addresses',
    'sources: { a: { http: "http://h", private-addresses: [10.0.0.0/33] } }',
    "1: sources.a.private-addresses: expected yes, no, or up to 64 ranges of addresses such as 10.0.0.0/8, got '10.0.0.0/33'",
  ],
  [
    'load of no kind',
    'keys:\n  - match: "u"\n    load: { from: m }',
    "3: keys[0].load: expected 'from' with 'path' or 'query', or 'module'",
  ],
  [
    'load without a source',
    'keys:\n  - match: "u"\n    load: { path: /u }',
    "3: keys[0].load: expected 'from', the name of a source",
  ],
  [
    'field of another kind of load',
    'keys:\n  - match: "u"\n    load:\n      module: ./u.js\n      params: [a]',
    "5: keys[0].load.params: a load with 'module' has no 'params', only module, timeout, batch, threads-max, memory-max, env",
  ],
  [
    'kind of the source',
    'sources: { m: { sql: "sqlite:f" } }\nkeys:\n  - match: "u"\n    load:\n      from: m\n      path: /u',
    "6: keys[0].load.path: 'm' is an sql source: expected 'query' instead of 'path'",
  ],
  [
    'placeholder in a query',
    `${MAIN}\nkeys:\n  - match: "u:{id}"\n    load: { from: m, query: "select '{id}'" }`,
    "4: keys[0].load.query: write $1 for {id}, and {id} in 'params'",
  ],
  [
    'unknown placeholder in params',
    `${MAIN}\nkeys:\n  - match: "u:{id}"\n    load: { from: m, query: "select ?", params: ["{uid}"] }`,
    "4: keys[0].load.params[0]: unknown placeholder {uid}: 'match' has {id}",
  ],
  [
    'list that does not stand alone',
    `${MAIN}\nkeys:\n  - match: "u:{id}"\n    load: { from: m, query: "select ?", params: ["x{id,}"] }`,
    '4: keys[0].load.params[0]: {id,} must stand alone',
  ],
  [
    'batch without a list',
    `${API}\nkeys:\n  - match: "u:{id}"\n    load:\n      from: a\n      path: "/u/{id}"\n      batch: 9`,
    "7: keys[0].load.batch: expected a list such as {id,} in 'path', to ask for several keys at once",
  ],
  [
    'key of a batch without a list',
    `${API}\nkeys:\n  - match: "u:{id}"\n    load: { from: a, path: "/u/{id}", batch-key: id }`,
    '4: keys[0].load.batch-key: only for a load with a list such as {id,}',
  ],
  [
    'two lists',
    `${API}\nkeys:\n  - match: "u:{id}:{b}"\n    load: { from: a, path: "/{id,}/{b,}" }`,
    '4: keys[0].load.path: one list is enough: {id,} is there already',
  ],
  [
    'list and one',
    `${API}\nkeys:\n  - match: "u:{id}"\n    load: { from: a, path: "/{id,}/{id}" }`,
    '4: keys[0].load.path: {id} differs from key to key of {id,}',
  ],
  [
    'list in match',
    'keys:\n  - match: "u:{id,}"',
    "2: keys[0].match: write {id} here; {id,} stands for several keys, in a 'load' only",
  ],
  [
    'list in a tag',
    'keys:\n  - match: "u:{id}"\n    tags: ["u:{id,}"]',
    "3: keys[0].tags[0]: write {id} here; {id,} stands for several keys, in a 'load' only",
  ],
  [
    'refresh-ahead',
    'keys:\n  - match: "u"\n    refresh-ahead: 100%',
    "3: keys[0].refresh-ahead: expected a share of the ttl such as 80%, 'early' or 'off', got '100%'",
  ],
  [
    'bounds of refreshes',
    'keys:\n  - match: "u"\n    refresh-min: 2m\n    refresh-max: 1m',
    '3: keys[0].refresh-min: expected at most refresh-max',
  ],
  [
    'timeouts',
    'keys:\n  - match: "u"\n    soft-timeout: 2s\n    hard-timeout: 1s',
    '3: keys[0].soft-timeout: expected at most hard-timeout',
  ],
  [
    'stale-if-error without a grace',
    'keys:\n  - match: "u"\n    stale-if-error: 1m',
    '3: keys[0].stale-if-error: expected at most the grace: a value is not kept longer',
  ],
  [
    'warm-user',
    'keys:\n  - match: "u:{id}"\n    warm-user: user',
    "3: keys[0].warm-user: unknown placeholder {user}: 'match' has {id}",
  ],
  [
    'relative path',
    'keys:\n  - match: "u"\n    load: { from: m, path: u }',
    "3: keys[0].load.path: expected a path such as /users/{id}, percent-encoded, got 'u'",
  ],
  [
    'credentials in a URL',
    'sources: { a: { http: "http://me:pw@h" } }',
    "1: sources.a.http: expected a URL such as http://127.0.0.1:8080 (credentials go into headers), got 'http://me:pw@h'",
  ],
  [
    'field of a rule',
    'rules:\n  - name: r\n    invalidates: [a]',
    "3: rules[0]: unknown key 'invalidates' (did you mean 'invalidate'?)",
  ],
  ['field of a write', 'writes:\n  user:\n    tag: [a]', "3: writes.user: unknown key 'tag' (did you mean 'tags'?)"],
  ['write without tags', 'writes:\n  user: { tags: [] }', '2: writes.user.tags: expected at least 1 of them'],
  [
    'template of a write',
    'writes:\n  user:\n    tags:\n      - users\n      - "user:{id"',
    "5: writes.user.tags[1]: expected a placeholder such as {id} at 'user:{id' (a brace itself is {{ or }})",
  ],
  [
    'placeholder of a write',
    'writes:\n  user:\n    context: [region]\n    tags: ["user:{idd}"]',
    '4: writes.user.tags[0]: unknown placeholder {idd}: there is {id}, {region}',
  ],
  [
    'pattern of a rule',
    'rules:\n  - name: fine\n    on: [a]\n    invalidate: [b]\n  - name: wrong\n    on:\n      - "user:{a}{b}"\n    invalidate: [b]',
    "7: rules[1].on[0]: rule 'wrong': 'user:{a}{b}': put something between {a} and the placeholder after it",
  ],
  [
    'placeholder of a rule',
    'rules:\n  - name: r\n    on: ["a:{x}"]\n    context: []\n    invalidate: ["b:{y}"]',
    "5: rules[0].invalidate[0]: rule 'r': 'b:{y}': unknown placeholder {y}: there is {x}",
  ],
  [
    'two rules of one name',
    'rules:\n  - { name: r, on: [a], invalidate: [b] }\n  - { name: r, on: [a], invalidate: [b] }',
    "3: rules[1].name: there are two rules 'r'",
  ],
  [
    'too many rules',
    'rules-max: 1\nrules:\n  - { name: r, on: [a], invalidate: [b] }\n  - { name: s, on: [a], invalidate: [b] }',
    '2: rules: expected at most 1 rules (rules-max), got 2',
  ],
  [
    'too many patterns for one tag',
    'rule-tries-max: 2\nrules:\n  - { name: r, on: [a, "{x}"], invalidate: [c] }\n  - { name: s, on: ["a:b"], invalidate: [c] }',
    "4: rules[1]: rule 's': a tag would be held against 3 patterns (rule-tries-max)",
  ],
  [
    'too many patterns',
    'rule-patterns-max: 1\nrules:\n  - name: r\n    on: [a, b]\n    invalidate: [c]',
    "4: rules[0].on: rule 'r': more than 1 texts in 'on' (rule-patterns-max)",
  ],
  ['rule without tags', 'rules:\n  - name: r', '2: rules[0].on: expected a list'],
  ['text for a section', 'warm: now', '1: warm: expected a list'],
])('refused: %s', (_, text, expected) => {
  expect(complaint(() => load(text))).toBe(`ConfigError: larder.yaml:${expected}`);
});

test('refused: a file that cannot be read', () => {
  const argv = ['larder.yaml'];
  expect(complaint(() => load(undefined, { argv }))).toBe('ConfigError: larder.yaml: cannot be read (ENOENT)');
});

test.each(['', '# nothing\n', '\n\n', 'keys:\nsources:\n'])('%j means the defaults', (text) => {
  const { config, templates, warnings } = load(text);
  expect([config.port, config.maxmemory, templates.size, warnings]).toEqual([6380, 256 * 1024 ** 2, 0, []]);
});

test('a byte order mark is not part of the first name', () => {
  expect(load('\ufeffport: 7').config.port).toBe(7);
});

test('flags go before variables, variables before the file, the file before defaults', () => {
  const text = 'port: 1\nmaxclients: 1\ntimeout: 1';
  const { config } = load(text, { env: { LARDER_PORT: '2', LARDER_MAXCLIENTS: '2' }, flags: ['--port', '3'] });
  expect([config.port, config.maxclients, config.timeoutMs, config.tcpBacklog]).toEqual([3, 2, 1000, 511]);
});

test('errors of flags and variables name them', () => {
  const why = "expected a whole number, got 'x'";
  expect(complaint(() => load('', { flags: ['--port', 'x'] }))).toBe(`ConfigError: --port: ${why}`);
  expect(complaint(() => load('', { env: { LARDER_TCP_BACKLOG: 'x' } }))).toBe(
    `ConfigError: LARDER_TCP_BACKLOG: ${why}`,
  );
});

test('variables that are no setting, or that Kubernetes made, are told and ignored', () => {
  const { config, warnings } = load('', { env: { LARDER_PORT: 'tcp://10.0.0.1:6380', LARDER_X: '1', OTHER: '1' } });
  expect(config.port).toBe(6380);
  expect(warnings).toEqual([
    'variable LARDER_PORT is ignored: made by Kubernetes',
    'variable LARDER_X is ignored: no such setting',
  ]);
});

test('a list of addresses may be a list', () => {
  expect(load('bind: [127.0.0.1, "::1"]').config.bind).toEqual(['127.0.0.1', '::1']);
  expect(load('bind: ""').config.bind).toEqual([]);
});

test('relative directories are relative to where it was started', () => {
  const { config } = load('unixsocket: run/larder.sock');
  expect([config.dir, config.unixsocket, config.journalDir]).toEqual(['/srv/data', '/srv/run/larder.sock', 'auto']);
});

test('variables are filled into values as data, never read as YAML, and $${ stands for ${', () => {
  const env = { TOKEN: 'a: [b', NAME: 'n' };
  const text = 'name: "${NAME}-$${NAME}"\nsources:\n  a: { http: "http://h", headers: { x: "Bearer ${TOKEN}" } }';
  const { config, sections } = load(text, { env });
  expect(config.name).toBe('n-${NAME}');
  expect(sections.sources.a?.headers).toEqual({ x: 'Bearer a: [b' });
});

test('secrets are not repeated in errors', () => {
  const env = { TOKEN: 'hush\n', LARDER_REQUIREPASS: 'hush\n' };
  const inHeader = 'sources: { a: { http: "http://h", headers: { x: "${TOKEN}" } } }';
  for (const run of [() => load('', { env }), () => load(inHeader, { env: { TOKEN: env.TOKEN } })]) {
    expect(complaint(run)).toMatch(/^ConfigError: .*expected/);
    expect(complaint(run)).not.toContain('hush');
  }
});

test('anchors may be used', () => {
  expect(load('port: &p 7000\nadmin-port: *p').config.adminPort).toBe(7000);
});

// FAULTS F87.
test('maxclients is lowered to the open-file limit with a warning; maxmemory above the control group is refused', () => {
  const { config, settings, warnings } = load('', { limits: { openFiles: 1024 } });
  expect(config.maxclients).toBe(960);
  expect(warnings).toEqual(['maxclients is lowered from 10000 to 960: the open-file limit (ulimit -n) is 1024']);
  expect(() => settings.set('maxclients', '961')).toThrow('this machine allows at most 960');
  expect(complaint(() => load('\nmaxmemory: 2gb', { limits: { memoryBytes: 1024 ** 3 } }))).toBe(
    'ConfigError: larder.yaml:2: maxmemory: expected less than the memory of this control group (1073741824 bytes), got 2147483648',
  );
});

test('writes and rules are ready for use', () => {
  const text = [
    'writes: { user: { tags: ["user:{id}"] } }',
    'rules:',
    '  - { name: profile, on: ["user:{id}"], invalidate: ["feed:{id}"], soft: on }',
  ].join('\n');
  const { rules, warnings } = load(text);
  expect(rules.rules).toEqual([
    { name: 'profile', on: ['user:{id}'], invalidate: ['feed:{id}'], context: undefined, soft: true, priority: 0 },
  ]);
  expect([...rules.writes]).toEqual([['user', ['user:{id}']]]);
  expect(warnings).toEqual([]);
});

test('a placeholder that only CONTEXT can fill is doubted, unless it is named', () => {
  const rule = (more: string) => `rules: [{ name: r, on: ["a:{x}"], invalidate: ["b:{y}"]${more} }]`;
  expect(load(rule('')).warnings).toEqual([
    "rules[0] (r): only a CONTEXT field can fill {y}; name it in 'context' if that is meant",
  ]);
  expect(load(rule(', context: [y]')).warnings).toEqual([]);
  expect(load('writes: { user: { tags: ["user:{idd}"] } }').warnings).toEqual([
    "writes.user: only a CONTEXT field can fill {idd}; name it in 'context' if that is meant",
  ]);
});

test('texts of rules and writes become the bytes of their UTF-8, once', () => {
  const bytes = (text: string) => Buffer.from(text).toString('latin1');
  const { rules } = load(
    'writes: { é: { tags: ["é:{id}"] } }\nrules: [{ name: ü, on: ["é:{x}"], invalidate: ["ß:{x}"] }]',
  );
  expect([...rules.writes]).toEqual([[bytes('é'), [bytes('é:{id}')]]]);
  expect(rules.rules[0]).toMatchObject({ name: bytes('ü'), on: [bytes('é:{x}')], invalidate: [bytes('ß:{x}')] });
});

test('the example of the design loads', () => {
  const text = `
maxmemory: 512mb
sources:
  api:  { http: "http://127.0.0.1:8080", timeout: 2s, headers: { authorization: "Bearer \${API_TOKEN}" } }
keys:
  - match: "user:{id}"
    ttl: 10m
    jitter: 10%
    grace: 1h
    negative-ttl: 5s
    tags: ["user", "user:{id}"]
    depends-on: ["org:{id}"]
    layers: [memory, disk]
    fence: on
    load: { from: api, path: "/users/{id}" }
`;
  const { templates, sections } = load(text, { env: { API_TOKEN: 't' } });
  expect(sections.sources.api?.timeout).toBe(2000);
  const { template, params } = templates.match('user:7')!;
  expect(template).toMatchObject({ ttlMs: 600_000, jitter: 0.1, graceMs: 3_600_000, negativeTtlMs: 5000, fence: true });
  expect([template.tags(params), template.dependsOn(params)]).toEqual([['user', 'user:7'], ['org:7']]);
  expect(template.load?.kind === 'http' && template.load.path.expand(params)).toBe('/users/7');
});

describe('sources and loads of all kinds', () => {
  const YAML = `
sources:
  api:
    http: "https://api.example/v1"
    timeout: 2s
    headers: { authorization: "Bearer \${TOKEN}" }
    connections-max: 8
    calls-per-second-max: 100
    breaker-failures: 5
    breaker-retry: 10s
    replica-lag: 250ms
    status: { 403: absent, 5XX: failure, 202: value }
    cache-control: on
    compressed: on
    tags-header: Surrogate-Key
    private-addresses: [10.0.0.0/8, "fd00::/8"]
  pg: { sql: "postgres://app@127.0.0.1/app", password: "\${TOKEN}" }
  my: { sql: "mariadb://app@127.0.0.1/app" }
  file: { sql: "sqlite:data/app.db" }
keys:
  - match: "user:{id}"
    ttl: 10m
    grace: 1h
    soft-timeout: 100ms
    hard-timeout: 2s
    refresh-ahead: 80%
    refresh-min: 10s
    refresh-max: 1h
    stale-if-error: 30m
    load: { from: api, path: "/users?ids={id,}", headers: { x-key: "{id}-of" }, timeout: 1s }
  - match: "org:{org}:user:{id}"
    refresh-ahead: early
    load: { from: pg, query: "select * from u where org = $1 and id = any($2)", params: ["{org}", "{id,}"], batch: 50, key-column: id, ttl-column: ttl, tags-column: tags }
  - match: "feed:{user}:{page}"
    load: { from: file, query: "select $1", params: ["x{user}"] }
  - match: "score:{id}"
    warm-user: id
    refresh-ahead: off
    load: { module: ./loaders/score.js, timeout: 5s, batch: 20 }
  - match: "mine:{user}"
    warm-user: off
`;
  const loaded = () => load(YAML.replace('headers: { x-key: "{id}-of" }, ', ''), { env: { TOKEN: 't' } });

  test('sources', () => {
    const { sources } = loaded();
    expect(sources.get('api')).toEqual({
      kind: 'http',
      url: 'https://api.example/v1',
      timeoutMs: 2000,
      headers: { authorization: 'Bearer t' },
      connectionsMax: 8,
      callsPerSecondMax: 100,
      breakerFailures: 5,
      breakerRetryMs: 10_000,
      replicaLagMs: 250,
      status: new Map([
        ['202', 'value'],
        ['403', 'absent'],
        ['5xx', 'failure'],
      ]),
      cacheControl: true,
      compressed: true,
      tagsHeader: 'surrogate-key',
      privateAddresses: ['10.0.0.0/8', 'fd00::/8'],
    });
    expect(sources.get('pg')).toMatchObject({ kind: 'sql', dialect: 'postgres', password: 't', file: '' });
    expect(sources.get('my')).toMatchObject({ dialect: 'mysql', password: undefined, callsPerSecondMax: undefined });
    expect(sources.get('file')).toMatchObject({ dialect: 'sqlite', file: '/srv/data/app.db' });
  });

  test('loads', () => {
    const { templates } = loaded();
    const [users, members, feed, score, mine] = templates.list;
    expect(users!.load).toMatchObject({
      kind: 'http',
      from: 'api',
      timeoutMs: 1000,
      batchKeysMax: 100,
      batchKey: 'id',
      batchFormat: 'text',
    });
    expect(members!.load).toMatchObject({
      kind: 'sql',
      from: 'pg',
      list: 'id',
      batchKeysMax: 50,
      keyColumn: 'id',
      ttlColumn: 'ttl',
      tagsColumn: 'tags',
    });
    expect(feed!.load).toMatchObject({ kind: 'sql', list: undefined, batchKeysMax: 1, timeoutMs: undefined });
    const module = '/srv/loaders/score.js';
    expect(score!.load).toEqual({
      ...{ kind: 'module', module, timeoutMs: 5000, batchKeysMax: 20 },
      ...{ threadsMax: undefined, memoryBytesMax: undefined, env: {} },
    });
    expect(mine!.load).toBeUndefined();
  });

  test('when to load anew, and for whom', () => {
    const [users, members, feed, score, mine] = loaded().templates.list;
    expect(users).toMatchObject({
      softTimeoutMs: 100,
      hardTimeoutMs: 2000,
      refreshAhead: 0.8,
      refreshMinMs: 10_000,
      refreshMaxMs: 3_600_000,
      staleIfErrorMs: 1_800_000,
    });
    expect([members, feed, score].map((each) => each!.refreshAhead)).toEqual(['early', undefined, undefined]);
    expect([users, members, feed, score, mine].map((each) => each!.userPlaceholder)).toEqual([
      undefined,
      undefined,
      'user',
      'id',
      undefined,
    ]);
    expect(feed!.placeholders).toEqual(['user', 'page']);
    expect(feed!.keyOf(new Map(Object.entries({ user: '7', page: '2' })))).toBe('feed:7:2');
    for (const user of ['', 'a:b'])
      expect(
        feed!.keyOf(
          new Map([
            ['user', user],
            ['page', '1'],
          ]),
        ),
      ).toBeNull();
    expect(feed!.keyOf(new Map([['user', '7']]))).toBeNull();
  });

  test('one path asks for all keys of a call; a header cannot tell them apart', () => {
    const { load: users } = loaded().templates.list[0]!;
    const path = users?.kind === 'http' ? users.path : undefined;
    const encode = (value: string) => `<${value}>`;
    expect(path!.expand(new Map([['id', '7']]), encode)).toBe('/users?ids=<7>');
    expect(path!.expand(new Map(), encode, ['7', '8'])).toBe('/users?ids=<7>,<8>');
    expect(complaint(() => load(YAML, { env: { TOKEN: 't' } }))).toBe(
      'ConfigError: larder.yaml:30: keys[0].load.headers.x-key: {id} differs from key to key of {id,}',
    );
  });
});
