import { startLarder } from '../support/larder';
import { cachectl } from './support/terminal';

let larder: Awaited<ReturnType<typeof startLarder>>;

beforeAll(async () => {
  larder = await startLarder();
});
afterAll(() => larder?.stop());

const run = (...words: string[]) => cachectl(['-p', String(larder.port), ...words]);
const json = async (...words: string[]): Promise<unknown> => JSON.parse((await run('--json', ...words)).out);

beforeEach(async () => {
  for (const [key, tags] of [
    ['page:1', ['page', 'user:7']],
    ['page:2', ['page']],
  ] as const) {
    expect(await run('tagset', key, `v-${key}`, '--tag', ...tags)).toMatchObject({ exitCode: 0, out: 'OK\n' });
  }
});
afterEach(async () => {
  await run('inval', 'page', 'user:7', 'other');
  await run('deps', 'del', 'derived');
  await run('deps', 'del', 'page:1');
});

test('tagset with conditions', async () => {
  expect(await run('tagset', 'page:1', 'w', '--tag', 'page', '--nx')).toMatchObject({ exitCode: 1 });
  expect(await json('get', 'page:1')).toEqual({ key: 'page:1', value: 'v-page:1' });
  expect(await json('tagset', 'page:1', 'w', '--xx', '--ex', '60', '--tag', 'page')).toEqual({
    key: 'page:1',
    stored: true,
  });
  expect(await json('get', 'page:1')).toEqual({ key: 'page:1', value: 'w' });
  expect(await json('tags', 'list', 'page:1')).toEqual({ key: 'page:1', tags: ['page'] });
});

test('tags list, add and remove', async () => {
  expect(await run('tags', 'list', 'page:1')).toMatchObject({ exitCode: 0, out: 'page\nuser:7\n' });
  expect(await run('tags', 'list', 'missing')).toMatchObject({ exitCode: 1, out: '' });
  expect(await json('tags', 'add', 'page:2', 'page', 'other')).toEqual({ key: 'page:2', changed: 1 });
  expect(await json('tags', 'list', 'page:2')).toEqual({ key: 'page:2', tags: ['other', 'page'] });
  expect(await run('tags', 'remove', 'page:2', 'other')).toMatchObject({ exitCode: 0, out: '1 tag changed\n' });
  const missing = await run('tags', 'add', 'missing', 't');
  expect(missing).toMatchObject({ exitCode: 1, out: 'there is no such key\n' });
});

test('tags keys, page by page and bounded', async () => {
  const { keys, complete } = (await json('tags', 'keys', 'page')) as { keys: string[]; complete: boolean };
  expect(keys.sort()).toEqual(['page:1', 'page:2']);
  expect(complete).toBe(true);
  expect(await json('tags', 'keys', 'page', '--count', '1')).toMatchObject({
    keys: [expect.stringMatching(/^page:/)],
    complete: false,
  });
});

test('inval by tag and by key', async () => {
  expect(await json('inval', 'user:7', '--key', 'page:2', 'missing')).toEqual({
    invalidated: 2,
    by_tags: 1,
    by_keys: 1,
  });
  expect((await run('get', 'page:1')).exitCode).toBe(1);
  expect((await run('get', 'page:2')).exitCode).toBe(1);
  expect(await run('inval', 'page')).toMatchObject({ exitCode: 0, out: '0 entries invalidated\n' });
});

test('deps add, list and del', async () => {
  expect(await json('deps', 'add', 'derived', 'page:1')).toEqual({ key: 'derived', added: 1 });
  await run('deps', 'add', 'page:1', 'root');
  expect(await json('deps', 'list', 'derived')).toEqual({
    key: 'derived',
    direction: 'up',
    dependencies: [
      { key: 'page:1', depth: 1, via: 'derived' },
      { key: 'root', depth: 2, via: 'page:1' },
    ],
  });
  expect((await run('deps', 'list', 'root', '--down', '--depth', '1')).out).toBe(
    'key     depth  via\npage:1  1      root\n',
  );
  const cycle = await run('deps', 'add', 'root', 'derived');
  expect(cycle).toMatchObject({ exitCode: 4, out: '' });
  expect(cycle.err).toMatch(/^cachectl: ERR .*\n$/);
  expect(await json('deps', 'del', 'derived')).toEqual({ key: 'derived', deleted: 1 });
  expect(await run('deps', 'list', 'derived')).toMatchObject({ exitCode: 0, out: 'none\n' });
});

test('warm without a loader is a no', async () => {
  expect(await run('warm', 'a', 'b')).toMatchObject({ exitCode: 1, out: '0 of 2 queued for loading\n' });
});

test('stats as a report, by section, and back to zero', async () => {
  await run('get', 'page:1');
  expect(await json('stats')).toMatchObject({
    summary: expect.any(Object),
    layers: { memory: expect.any(Object) },
    tags: expect.any(Object),
    deps: expect.any(Object),
    memory: expect.any(Object),
  });
  expect(Object.keys((await json('stats', 'layers')) as object)).toEqual(['layers']);
  expect((await run('stats', 'summary')).out).toMatch(/^summary\n/);
  expect(await json('stats', '--reset')).toEqual({ reset: true });
});

test('watch shows the summary of STATS', async () => {
  const { out, exitCode } = await run('watch', '--count', '2');
  expect(exitCode).toBe(0);
  expect(out.trimEnd().split('\n')).toHaveLength(2);
  expect(out).not.toContain('total_commands_processed=');
});

test('a snapshot brings tags and times to live back', async () => {
  await run('tagset', 'page:3', 'x', '--tag', 'other', '--ex', '1000');
  const snapshot = (await run('export', '-')).out;
  const entries = snapshot
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line));
  expect(entries).toHaveLength(3);
  expect(entries.find(({ key }) => key === 'page:1')).toMatchObject({ tags: ['page', 'user:7'], ttl_ms: null });
  await run('inval', 'page', 'other');

  const imported = await cachectl(['-p', String(larder.port), 'import', '-', '--json'], { stdin: snapshot });
  expect(JSON.parse(imported.out)).toEqual({ file: '-', imported: 3, bad: 0, failed: 0, refused: 0 });
  expect(await json('tags', 'list', 'page:1')).toEqual({ key: 'page:1', tags: ['page', 'user:7'] });
  const again = (await run('export', '-')).out
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  expect(again).toHaveLength(3);
  expect(again.find(({ key }) => key === 'page:3').ttl_ms).toBeGreaterThan(900_000);
});

test('why, for people and as JSON', async () => {
  expect((await run('why', 'page:1')).out).toMatch(/^page:1 is live \(memory.*\)\n/);
  expect(await json('why', 'page:1')).toMatchObject({ key: 'page:1', state: 'live', tags: ['page', 'user:7'] });
  await run('inval', 'user:7');
  expect((await run('why', 'page:1')).out).toMatch(/^page:1 is lost: invalidated by tag user:7, .+ ago\n/);
  expect(await json('why', 'page:1')).toMatchObject({ state: 'lost', reason: 'invalidated', by: 'tag', tag: 'user:7' });
  expect((await run('why', 'no such key')).out).toMatch(/^no such key was never seen/);
});

test('why names the path of dependencies', async () => {
  await run('set', 'derived', 'v');
  await run('deps', 'add', 'derived', 'page:1');
  await run('inval', '--key', 'page:1');
  const { out } = await run('why', 'derived');
  expect(out).toMatch(/^derived is lost: invalidated with what it depends on, page:1, .+ ago\n/);
});

test('rules add, list and del', async () => {
  expect(await run('rules', 'list')).toMatchObject({ exitCode: 0, out: 'none\n' });
  const add = ['rules', 'add', 'feeds', '--on', 'user:{id}', 'org:{id}', '--invalidate', 'page', '--priority', '-2'];
  expect(await json(...add, '--soft', '--context', 'region')).toEqual({ name: 'feeds', added: true });
  expect(await json('inval', 'user:9')).toMatchObject({ invalidated: 2 });
  expect(await json('rules', 'list')).toEqual([
    {
      name: 'feeds',
      source: 'command',
      on: ['user:{id}', 'org:{id}'],
      invalidate: ['page'],
      context: [],
      soft: 1,
      priority: -2,
      fired: 1,
      invalidated: 2,
      skipped: 0,
      changed: 0,
      unchanged: 0,
    },
  ]);
  expect((await run('rules', 'list')).out).toMatch(
    /^name +source .*\nfeeds +command +user:\{id\} org:\{id\} +page +- +1 +-2 /,
  );
  expect(await run('rules', 'del', 'feeds')).toMatchObject({ exitCode: 0 });
  expect(await run('rules', 'del', 'feeds')).toMatchObject({ exitCode: 1, out: 'there is no such rule\n' });
  const bad = await run('rules', 'add', 'feeds', '--on', '{a}{b}', '--invalidate', 'page');
  expect(bad).toMatchObject({ exitCode: 4, out: '' });
  expect(bad.err).toContain("rule 'feeds'");
});

test('inval of a write, with what else its row says', async () => {
  expect(await json('inval', '--write', 'user', '--id', '7')).toEqual({
    invalidated: 1,
    by_tags: 0,
    by_keys: 0,
    by_write: 1,
  });
  await run('rules', 'add', 'pages', '--on', 'user:{id}', '--invalidate', '{what}');
  expect(await json('inval', '--write', 'user', '--id', '7', '--context', 'what=page', 'x=a=b')).toMatchObject({
    by_write: 1,
  });
  await run('rules', 'del', 'pages');
  for (const wrong of [['--id', '7'], ['--write', 'user', '--context', '=x'], []]) {
    expect(await run('inval', ...wrong)).toMatchObject({ exitCode: 2, out: '' });
  }
});

test('inval with the options of INVAL: one request, and its report', async () => {
  await run('deps', 'add', 'derived', 'page:1');
  await run('set', 'derived', 'v');
  expect(await json('inval', 'page', 'user:7', '--dry-run')).toMatchObject({
    ...{ epoch: 0, invalidated: 3, cascaded: 1, rules: [], dry_run: true },
    by_tag: { page: 2, 'user:7': 1 },
  });
  const dry = (await run('inval', '--key', 'page:1', '--dry-run', '--no-cascade')).out;
  expect(dry).toMatch(/^1 entry would be invalidated\n[\s\S]*by_layer +memory 1, disk \d/);
  const refused = await run('inval', 'page', '--limit', '2');
  expect(refused).toMatchObject({ exitCode: 4, out: '' });
  expect(refused.err).toContain('3 entries would be invalidated, more than LIMIT 2; nothing was');
  const words = ['--key', 'derived', '--soft', '--stagger', '100', '--sync', '--reason', 'new prices'];
  expect(await json('inval', 'page', ...words)).toMatchObject({ invalidated: 3, soft: 0, exact: true, dry_run: false });
  expect(await json('why', 'page:2')).toMatchObject({ by: 'tag', text: 'new prices' });
  expect((await run('inval', '--write', 'page', '--id', '7', '--dry-run')).out).toMatch(/^0 entries would be/);
  for (const wrong of [['--write', 'page', '--soft'], ['--dry-run'], ['page', '--limit', '-1']])
    expect(await run('inval', ...wrong)).toMatchObject({ exitCode: 2, out: '' });
});
