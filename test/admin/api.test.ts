import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { jsonOf } from '../../src/admin/json';
import { escapeName, unescapeName } from '../../src/admin/text';
import { bytesOf } from '../../src/base/bytes';
import { type AdminNode, startNode } from './node';

const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '\xff\xfe\x00\x01',
  'a\r\nlarder_gets_total 7',
  '\u001b[2J',
  '\xe2\x80\xae moc',
  '{"a":1}',
  '%3Cscript%3E',
  '\xff'.repeat(4096),
  '__proto__',
  'constructor',
];

const YAML = `
keys:
  - { match: "user:{id}", tags: ["user:{id}"], ttl: 1h }
  - { match: "__proto__:{id}", ttl: 1h }
warm:
  - { id: top, keys: ["user:1"], every: 60m }
`;

describe('what is answered', () => {
  let node: AdminNode;

  beforeAll(async () => {
    node = await startNode({ yaml: YAML });
    const { engine } = node.sidecar;
    for (let i = 0; i < 20; i++) engine.set(0, bytesOf(`user:${i}`), bytesOf('v'), { tags: ['all', `t${i % 2}`] });
    for (const key of HOSTILE) engine.set(0, bytesOf(key), bytesOf('v'), { tags: [key.slice(0, 200)] });
    engine.dependencyAdd(0, bytesOf('page'), [bytesOf('user:1'), bytesOf(HOSTILE[0]!)]);
    engine.dependencyAdd(0, bytesOf('user:1'), [bytesOf('org')]);
    await engine.get(0, bytesOf('user:1'));
    await engine.get(0, bytesOf('nobody'));
  });
  afterAll(() => node.stop());

  const read = async (path: string) => {
    const answer = await node.ask(path);
    expect([path, answer.status, answer.text.slice(0, 0)]).toEqual([path, 200, '']);
    return answer.json();
  };

  test('the node at a glance', async () => {
    const overview = await read('/api/overview');
    expect(overview).toMatchObject({ ready: true, problems: [], version: '0.0.0-test', diskState: 'off' });
    expect(overview.minute).toMatchObject({ window: '1m', gets: 2, hits: 1, rating: 'fair' });
    expect((await read('/api/windows'))['24h']).toMatchObject({ window: '24h', gets: 2 });
    expect(await read('/readyz')).toEqual({ status: 'ready' });
  });

  test('figures over a window, or since the start', async () => {
    expect((await read('/api/layers?window=5m')).layers.map((each: { layer: string }) => each.layer)).toEqual([
      'memory',
      'disk',
      'origin',
    ]);
    expect((await read('/api/misses?window=start')).byReason.absent).toBe(1);
    expect((await read('/api/templates')).templates.length).toBeGreaterThan(0);
    expect((await node.ask('/api/layers?window=2m')).status).toBe(400);
    expect((await read('/api/history')).stepMs).toBe(60_000);
  });

  test('tags: the busiest first, and the keys of one', async () => {
    const { tags, total } = await read('/api/tags?max=3');
    expect(tags.slice(0, 1)).toEqual([{ tag: 'all', live: 20, invalidatedAtEpoch: 0 }]);
    expect(tags).toHaveLength(3);
    expect(total).toBe(20 + 1 + 2 + HOSTILE.length);
    const found = await read('/api/tags/keys?tag=t0&count=50');
    expect([found.live, found.cursor, found.keys.length]).toEqual([10, '0', 10]);
  });

  test('the graph around a key', async () => {
    const graph = await read('/api/deps?key=user:1&depth=3');
    expect(graph.edges).toEqual(
      expect.arrayContaining([
        { from: 'user:1', to: 'org' },
        { from: 'page', to: 'user:1' },
      ]),
    );
    expect(graph.isCut).toBe(false);
  });

  test('why', async () => {
    const { fields } = await read('/api/why?key=user%3A1');
    const byName = Object.fromEntries(
      fields.map((field: { name: string; value: unknown }) => [field.name, field.value]),
    );
    expect(byName).toMatchObject({
      state: 'live',
      layers: ['memory'],
      tags: ['all', 't1', 'user:1'],
      sources: ['org'],
    });
  });

  test('tasks, settings, STATS, sources, clients', async () => {
    expect((await read('/api/warming')).tasks[0]).toMatchObject({ id: 'top', every_ms: 3_600_000 });
    expect((await read('/api/stats?section=tags')).tags).toBeGreaterThan(0);
    expect((await read('/api/stats')).summary.gets).toBe(2);
    expect((await read('/api/origins')).sources).toEqual([]);
    expect((await read('/api/clients')).total).toBe(0);
    const settings = (await read('/api/config')).settings as { name: string; value: string }[];
    expect(settings.find(({ name }) => name === 'disk')?.value).toBe('no');
    expect((await node.ask('/api/stats?section=nosuch')).status).toBe(404);
    expect((await node.ask('/api/report')).status).toBe(404);
  });

  test('names of keys and tags are inert wherever they are shown (F90)', async () => {
    const answers: string[] = [];
    for (const key of HOSTILE) {
      const found = await node.ask(`/api/why?key=${escapeName(key)}`);
      expect([key, found.status]).toEqual([key, 200]);
      const { fields, key: shown } = found.json();
      expect(fields[0]).toEqual({ name: 'state', value: 'live' });
      expect(unescapeName(shown)).toBe(key);
      answers.push(found.text, (await node.ask(`/api/deps?key=${escapeName(key)}`)).text);
    }
    for (const path of [
      '/api/tags?max=200',
      '/api/tags/keys?tag=all',
      '/api/invalidations',
      '/api/stats',
      '/metrics',
    ]) {
      answers.push((await node.ask(path)).text);
    }
    for (const text of answers) expect(text).not.toMatch(/[<\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
  });

  test('no GET changes anything (F91)', async () => {
    const {
      engine,
      node: house,
      admin,
    } = node.sidecar as unknown as {
      engine: typeof node.sidecar.engine;
      node: { admin: { reports: { info(names: string[]): unknown; stats(name: string): unknown } } };
      admin: { paths: readonly string[] };
    };
    // Of INFO and STATS: what counts, not what the clock or the process says.
    const counts = () => {
      const sections = ['stats', 'keyspace', 'persistence', 'larder'].map((name) => house.admin.reports.info([name]));
      const stats = ['misses', 'tags', 'deps', 'leases', 'fence', 'evictions', 'warm', 'rules'].map((name) =>
        house.admin.reports.stats(name),
      );
      const text = JSON.stringify(jsonOf([sections, stats, engine.epoch, engine.core.counters]));
      return text.replace(/"(instantaneous|uptime|.*_ms|.*bytes|.*kbps|.*seconds|.*peak)[^"]*":[^,}]*/g, '');
    };
    const before = counts();
    const queries = [
      '',
      '?key=user:1',
      '?key=nosuch',
      '?tag=all',
      '?window=1m',
      '?max=5',
      '?section=tags',
      '?tags=all&dryRun=false',
    ];
    const paths = ['/', '/index.html', ...admin.paths.filter((path) => path !== '/api/events')];
    expect(paths.length).toBeGreaterThan(20);
    for (const path of paths) {
      for (const query of queries) {
        for (const method of ['GET', 'HEAD']) {
          const { status } = await node.ask(`${path.replace(':id', 'top')}${query}`, { method });
          expect(status).toBeLessThan(500);
        }
      }
    }
    expect(counts()).toBe(before);
    engine.audit();
  });
});

describe('what is done', () => {
  let node: AdminNode;

  beforeEach(async () => {
    node = await startNode({ yaml: YAML });
    const { engine } = node.sidecar;
    for (let i = 0; i < 10; i++) engine.set(0, bytesOf(`user:${i}`), bytesOf('v'), { tags: ['all', '<b>'] });
  });
  afterEach(() => node.stop());

  const size = () => node.sidecar.engine.size(0);

  test('invalidation: looked at, confirmed, done, told', async () => {
    const what = { tags: ['%3Cb%3E'], reason: 'a test' };
    const dry = await node.act('/api/invalidate', { ...what, dryRun: true });
    expect([dry.status, dry.json().invalidated, dry.json().dryRun, size()]).toEqual([200, 10, true, 10]);
    const { confirm } = dry.json();
    expect((await node.act('/api/invalidate', what)).status).toBe(409);
    expect((await node.act('/api/invalidate', { ...what, confirm: `${confirm}x` })).status).toBe(409);
    expect((await node.act('/api/invalidate', { ...what, tags: ['all'], confirm })).status).toBe(409);
    expect((await node.act('/api/invalidate', { ...what, soft: true, confirm })).status).toBe(409);
    expect(size()).toBe(10);
    const done = await node.act('/api/invalidate', { ...what, confirm });
    expect(done.json()).toMatchObject({ invalidated: 10, dryRun: false, byTag: [{ tag: '%3Cb%3E', entries: 10 }] });
    expect(size()).toBe(0);
    const [told] = (await node.ask('/api/invalidations')).json().invalidations;
    expect(told).toMatchObject({ tags: ['%3Cb%3E'], died: 10, client: 'admin addr=127.0.0.1', reason: 'a test' });
  });

  test('a confirmation is good for a minute', async () => {
    const { confirm } = (await node.act('/api/invalidate', { keys: ['user:1'], dryRun: true })).json();
    const [until, signature] = confirm.split('.');
    const late = await node.act('/api/invalidate', {
      keys: ['user:1'],
      confirm: `${Number(until) + 1e6}.${signature}`,
    });
    expect(late.status).toBe(409);
    expect((await node.act('/api/invalidate', { keys: ['user:1'], confirm: '0.x' })).status).toBe(409);
    expect((await node.act('/api/invalidate', { keys: ['user:1'], confirm })).json().invalidated).toBe(1);
    expect(size()).toBe(9);
  });

  test('tasks', async () => {
    const task = node.sidecar.warming.tasks.find('top')!;
    expect((await node.act('/api/warm-tasks/top/pause')).json()).toEqual({ isPaused: true });
    expect(task.isPaused).toBe(true);
    expect((await node.act('/api/warm-tasks/top/resume')).status).toBe(200);
    expect(task.isPaused).toBe(false);
    expect((await node.act('/api/warm-tasks/*/pause')).status).toBe(200);
    expect(node.sidecar.warming.tasks.isPaused).toBe(true);
    expect((await node.act('/api/warm-tasks/nosuch/run')).status).toBe(404);
    expect((await node.act('/api/warm-tasks/top/run')).json()).toEqual({ begins: true });
    expect((await node.act('/api/warm', { keys: ['no:loader'] })).json()).toEqual({ queued: 0 });
  });

  test.each([
    ['/api/invalidate', {}],
    ['/api/invalidate', { tags: 'all', dryRun: true }],
    ['/api/invalidate', { tags: [1], dryRun: true }],
    ['/api/invalidate', { tags: ['%zz'], dryRun: true }],
    ['/api/invalidate', { tags: [''], dryRun: true }],
    ['/api/invalidate', { tags: ['a'], dryrun: true }],
    ['/api/invalidate', { tags: ['a'], dryRun: 'yes' }],
    ['/api/invalidate', { keys: ['a'], db: 16, dryRun: true }],
    ['/api/invalidate', { keys: Array(1001).fill('a'), dryRun: true }],
    ['/api/invalidate', []],
    ['/api/warm', { keys: [] }],
  ])('%s %j is refused', async (path, body) => {
    expect((await node.act(path, body)).status).toBe(400);
    expect(size()).toBe(10);
  });

  test('a body that is no JSON, or claims to be something else', async () => {
    const authorization = `Bearer ${node.token}`;
    const send = (body: string, type: string) =>
      node.ask('/api/warm', { method: 'POST', headers: { authorization, 'content-type': type }, body });
    expect((await send('{', 'application/json')).status).toBe(400);
    expect((await send('{"__proto__":{"keys":["a"]}}', 'application/json')).status).toBe(400);
    expect((await send('keys=a', 'application/x-www-form-urlencoded')).status).toBe(415);
    expect((await send('{"keys":["a"]}', 'text/plain')).status).toBe(400);
  });
});

describe('events', () => {
  const listen = (port: number) =>
    new Promise<IncomingMessage>((done) =>
      httpGet({ host: '127.0.0.1', port, path: '/api/events', agent: false }, done),
    );

  test('an overview at once and each second, invalidations as they come; too many are turned away', async () => {
    const node = await startNode({ limits: { listenersMax: 1 } });
    try {
      const response = await listen(node.port);
      expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
      expect(response.headers['content-security-policy']).toBeDefined();
      let text = '';
      const until = async (part: RegExp) => {
        while (!part.test(text)) text += ((await once(response, 'data')) as [Buffer])[0].toString();
      };
      await until(/event: overview\ndata: \{.*\}\n\n/);
      expect((await node.ask('/api/events')).status).toBe(503);
      expect((await node.ask('/api/events', { method: 'HEAD' })).status).toBe(405);
      node.sidecar.engine.invalidateTags(['x<y']);
      await until(/event: invalidation\ndata: \{.*"tags":\["x%3Cy"\].*\}\n\n/);
      await until(/event: overview[\s\S]*event: overview/);
      response.destroy();
    } finally {
      await node.stop();
    }
  });

  test('who does not read is dropped', async () => {
    const node = await startNode({ limits: { listenerBytesMax: 0 } });
    try {
      const response = await listen(node.port);
      response.on('error', () => {});
      response.pause();
      const { engine, admin } = node.sidecar;
      const closed = once(response.socket, 'close');
      const tags = Array.from({ length: 16 }, (_, i) => `${i}${'x'.repeat(255)}`);
      // Nothing leaves within one turn: the second one finds the first still unread.
      for (let i = 0; i < 20; i++) engine.invalidateTags(tags);
      response.resume();
      await closed;
      while (admin!.events.count > 0) await new Promise(setImmediate);
    } finally {
      await node.stop();
    }
  });
});

test('names go there and back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const name = Buffer.from(bytes).toString('latin1');
      const shown = escapeName(name);
      expect(unescapeName(shown)).toBe(name);
      expect(shown).toMatch(/^[\x21-\x7e]*$/);
      expect(shown).not.toMatch(/[<>"'&#?+= ]/);
    }),
  );
});
