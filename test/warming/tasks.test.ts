import { Fault } from '../../src/base/fault';
import { failure } from '../../src/loaders/loader';
import { describeTask } from '../../src/warming/describe';
import { manualWorld } from '../support/manual-world';
import { type FakeNode, fakeNode, MemoryNotes, task } from './fake-house';

const HOUR = 3_600_000;
const run = (node: FakeNode, id = 't') => {
  const { counts } = node.warming.tasks.at(id).last!;
  return counts;
};
const refused = (act: () => void) => {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error.reply;
    throw error;
  }
  throw new Error('it was not refused');
};

test('a task loads its keys on start, with its ttl and tags, and tells how far it is', async () => {
  const spec = task('t', { keys: ['api:{1..3}', 'none'], onStart: true, ttlMs: 5000, tags: ['x'], force: true });
  const node = await fakeNode({ tasks: [spec] });
  await node.advance(500);
  expect(node.house.keysCalled()).toEqual(['api:1', 'api:2', 'api:3']);
  expect(node.house.calls[0]!.load).toMatchObject({ ttlMs: 5000, tags: ['x'], force: true });
  expect(run(node)).toMatchObject({ queued: 3, done: 3, loaded: 3, skipped: 1 });
  expect(node.warming.tasks.at('t')).toMatchObject({ run: null, runs: 1, state: 'idle' });
  const shown = describeTask(node.warming.tasks.at('t'), node.house.world.clock);
  expect(Object.fromEntries(shown.get('run') as Map<string, unknown>)).toMatchObject({ total: 4, done: 3, over: 1 });
  expect(Object.fromEntries(shown.get('counts') as Map<string, unknown>)).toMatchObject({ loaded: 3, queued: 3 });
});

test('every: at regular times from the beginning of the last run, what is fresh is left alone', async () => {
  const node = await fakeNode({ tasks: [task('t', { keys: ['api:1'], everyMs: 1_000 })] });
  await node.advance(900);
  expect(node.house.calls).toHaveLength(0);
  await node.advance(300);
  expect(node.house.calls).toHaveLength(1);
  await node.advance(5_000);
  expect(node.house.calls).toHaveLength(1);
  expect(node.warming.tasks.at('t').counts).toMatchObject({ loaded: 1, fresh: 5 });
});

test('cron: in UTC, or in the zone it names', async () => {
  const world = manualWorld();
  world.clock.now = Date.parse('2026-03-01T04:59:00Z');
  const node = await fakeNode({
    world,
    tasks: [
      task('utc', { keys: ['api:utc'], cron: '0 5 * * *' }),
      task('rome', { keys: ['api:rome'], cron: '0 6 * * *', timezone: 'Europe/Rome' }),
      task('late', { keys: ['api:late'], cron: '0 6 * * *' }),
    ],
  });
  await node.advance(59_000);
  expect(node.house.calls).toEqual([]);
  await node.advance(2_000);
  expect(node.house.keysCalled().sort()).toEqual(['api:rome', 'api:utc']);
});

test('two runs of one task never overlap', async () => {
  const node = await fakeNode({ tasks: [task('t', { keys: ['api:{1..3}'], everyMs: 1_000, force: true })] });
  node.house.source('api').tookMs = 2_500;
  await node.advance(10_000);
  const { overlaps, runs, run } = node.warming.tasks.at('t');
  expect(overlaps).toBeGreaterThan(2);
  expect(runs).toBeLessThan(5);
  expect(node.warming.run('t')).toBe(run === null);
  expect(node.warming.run('t')).toBe(false);
});

test('tasks of one time do not begin in the same moment', async () => {
  const tasks = Array.from({ length: 50 }, (_, i) => task(`t${i}`, { keys: [`api:${i}`], everyMs: 60_000 }));
  const node = await fakeNode({ tasks, limits: { jitterMs: 4_000, rateMin: 100_000, concurrencyMax: 1_000 } });
  await node.advance(59_900);
  expect(node.house.calls).toHaveLength(0);
  await node.advance(4_300);
  expect(node.house.calls).toHaveLength(50);
  expect(node.house.callsInAnySecond()).toBeLessThan(30);
});

test('rate: so many keys of the task a second', async () => {
  const node = await fakeNode({ tasks: [task('t', { keys: ['api:{1..100}'], onStart: true, rate: 10 })] });
  await node.advance(5_000);
  expect(node.house.callsInAnySecond()).toBeLessThanOrEqual(10);
  expect(node.house.calls.length).toBeGreaterThan(45);
});

test('paused, it stops where it is, also over a restart, and goes on where it was', async () => {
  const notes = new MemoryNotes();
  const spec = task('t', { keys: ['api:{1..1000}'], rate: 100 });
  const node = await fakeNode({ notes });
  node.warming.tasks.add(spec);
  node.warming.run('t');
  await node.advance(1_000);
  node.warming.pause(node.warming.tasks.at('t'), true);
  await node.advance(100);
  const before = node.house.calls.length;
  expect(before).toBeGreaterThan(80);
  await node.advance(5_000);
  expect(node.house.calls).toHaveLength(before);
  expect(node.warming.tasks.at('t').state).toBe('paused');
  expect((await fakeNode({ notes })).warming.tasks.at('t')).toMatchObject({ isPaused: true, spec });
  node.warming.pause(node.warming.tasks.at('t'), false);
  await node.advance(12_000);
  expect(new Set(node.house.keysCalled()).size).toBe(1000);
  expect(node.house.calls).toHaveLength(1000);
  expect(run(node)).toMatchObject({ queued: 1000, done: 1000 });
});

test('keys come from a list, into the template or as they are', async () => {
  const node = await fakeNode({
    tasks: [
      task('rows', { template: 'api:{id}', list: 'ids', onStart: true, priority: 1 }),
      task('keys', { list: 'ids', onStart: true }),
    ],
  });
  node.list.rows = ['1', { id: 2, more: 'x' }, [3], { other: 4 }, [5, 6]];
  await node.advance(500);
  expect(node.house.keysCalled().filter((key) => key.startsWith('api:'))).toEqual(['api:1', 'api:2', 'api:3']);
  expect(run(node, 'rows')).toMatchObject({ loaded: 3, skipped: 2 });
  expect(run(node, 'keys')).toMatchObject({ loaded: 3, skipped: 2 });
});

test('a list that is too long is cut', async () => {
  const node = await fakeNode({ tasks: [task('t', { list: 'ids', onStart: true })], limits: { listMax: 10 } });
  node.list.rows = Array.from({ length: 50 }, (_, i) => `api:${i}`);
  await node.advance(1_000);
  expect(node.house.calls).toHaveLength(10);
});

test('a list that cannot be had is asked for less and less until it is there', async () => {
  const node = await fakeNode({ tasks: [task('t', { list: 'ids', onStart: true })] });
  node.list.rows = failure('connection refused', true);
  await node.advance(20_000);
  expect(node.list.asked.length).toBeGreaterThan(4);
  expect(node.list.asked.length).toBeLessThan(12);
  expect(node.warming.tasks.at('t')).toMatchObject({ state: 'waiting', held: 'list: connection refused' });
  node.list.rows = ['api:1'];
  await node.advance(5_000);
  expect(node.house.keysCalled()).toEqual(['api:1']);
  expect(node.warming.tasks.at('t').state).toBe('idle');
});

test('without a list: the keys in the cache that fit the template', async () => {
  const node = await fakeNode({ tasks: [task('t', { template: 'api:{id}', force: true })] });
  for (const key of ['api:1', 'api:2:x', 'db:1', 'api:3', 'api:4']) node.house.entries.set(key, { hits: 0 });
  node.warming.run('t');
  await node.advance(500);
  expect(node.house.keysCalled().sort()).toEqual(['api:1', 'api:3', 'api:4']);
});

test('a full memory pauses the task, and says so', async () => {
  const node = await fakeNode({ tasks: [task('t', { keys: ['api:{1..20}'], onStart: true })] });
  const api = node.house.source('api');
  api.answer = (key) => (Number(key.slice(4)) > 5 ? 'full' : 'loaded');
  await node.advance(5_000);
  expect(node.warming.tasks.at('t')).toMatchObject({ state: 'waiting', held: 'memory is full' });
  expect(node.house.entries.size).toBe(5);
  api.answer = () => 'loaded';
  await node.advance(31_000);
  expect(node.house.entries.size).toBe(20);
  expect(run(node)).toMatchObject({ queued: 20, done: 20 });
});

test('a queue without room is waited for', async () => {
  const node = await fakeNode({
    tasks: [task('t', { keys: ['api:{1..100}'], onStart: true })],
    limits: { queueMax: 5 },
  });
  await node.advance(3_000);
  expect(run(node)).toMatchObject({ queued: 100, loaded: 100 });
});

test('what was missed while nobody was there runs once, soon after the start', async () => {
  const notes = new MemoryNotes();
  const spec = task('t', { keys: ['api:1'], everyMs: HOUR, force: true });
  const first = await fakeNode({ notes, tasks: [spec] });
  first.warming.run('t');
  await first.advance(2_000);
  const again = async (laterMs: number) => {
    const world = manualWorld();
    world.clock.now = first.house.world.clock.now + laterMs;
    const node = await fakeNode({ notes, tasks: [spec], world });
    await node.advance(2_000);
    return node.house.calls.length;
  };
  expect(await again(HOUR / 2)).toBe(0);
  expect(await again(5 * HOUR)).toBe(1);
});

test('a task that a client added is there after a restart, one that it deleted is not', async () => {
  const notes = new MemoryNotes();
  const node = await fakeNode({ notes });
  const spec = task('aub', {
    keys: ['\xff:{1..2}'],
    cron: '0 5 * * *',
    tags: ['\xfe'],
    priority: -3,
  });
  node.warming.tasks.add(spec);
  node.warming.tasks.add(task('gone', { keys: ['api:1'] }));
  expect(node.warming.tasks.delete('gone')).toBe(true);
  const later = await fakeNode({ notes });
  expect(later.warming.tasks.list().map((each) => each.spec)).toEqual([spec]);
  notes.notes.set('warm/task/bad', Buffer.from('{"id":7}'));
  notes.notes.set('warm/state', Buffer.from('nonsense'));
  expect((await fakeNode({ notes })).warming.tasks.count).toBe(1);
});

test('deleted or replaced, its run ends at once', async () => {
  const node = await fakeNode();
  const spec = task('t', { keys: ['api:{1..500}'], onStart: true });
  node.warming.tasks.add(spec);
  await node.advance(200);
  node.warming.tasks.add({ ...spec, keys: ['db:1'] });
  await node.advance(200);
  const calls = node.house.calls.length;
  expect(node.house.keysCalled()).toContain('db:1');
  node.warming.tasks.delete('t');
  await node.advance(2_000);
  expect(node.house.calls).toHaveLength(calls);
  expect(node.warming.queue.size).toBe(0);
});

test('what cannot be is refused in one line', async () => {
  const node = await fakeNode({ tasks: [task('mine', { keys: ['api:1'] })], limits: { tasksMax: 2 } });
  const { tasks } = node.warming;
  const add = (more: Parameters<typeof task>[1], id = 't') => refused(() => tasks.add(task(id, more)));
  expect(add({ keys: ['a'] }, 'mine')).toBe("ERR the task 'mine' belongs to the configuration");
  expect(refused(() => tasks.delete('mine'))).toBe("ERR the task 'mine' belongs to the configuration");
  expect(add({})).toBe("ERR task 't': expected 'keys', 'template' or 'list'");
  expect(add({ keys: ['a'], list: 'ids' })).toBe("ERR task 't': expected 'keys', or 'template' and 'list', not both");
  expect(add({ list: 'others' })).toBe("ERR task 't': there is no list 'others', only 'ids'");
  expect(add({ template: 'b:{id}' })).toBe("ERR task 't': there is no template 'b:{id}', only 'api:{id}'");
  expect(add({ keys: ['a'], cron: '61 * * * *' })).toMatch(/^ERR task 't': .*61/);
  expect(add({ keys: ['a'], cron: '* * * * *', timezone: 'Mars/X' })).toBe(
    "ERR task 't': there is no time zone 'Mars/X'",
  );
  expect(add({ keys: ['a'], timezone: 'UTC' })).toBe("ERR task 't': it is of no use without 'cron'");
  expect(add({ keys: ['a'] }, 'a b')).toMatch(/^ERR task 'a b': expected an id/);
  expect(add({ keys: ['{1..9999999}{1..9}'] })).toMatch(/expected at most 10000000 keys/);
  tasks.add(task('t', { keys: ['a'] }));
  expect(add({ keys: ['a'] }, 'u')).toBe('ERR there are too many tasks (warm-tasks-max)');
});

test('a task is never ahead of what it may put in line, however long its list', async () => {
  const node = await fakeNode({ tasks: [task('t', { keys: ['api:{1..100000}'], onStart: true })] });
  await node.advance(1_000);
  expect(node.warming.queue.size).toBeLessThanOrEqual(256);
  const eta = node.warming.tasks.at('t').run!.etaMs(node.house.world.clock.now)!;
  expect(eta).toBeGreaterThan(500_000);
  expect(eta).toBeLessThan(2_000_000);
});

test('a disk layer that begins anew is told all that clients added, and how far tasks are', async () => {
  const notes = new MemoryNotes();
  const node = await fakeNode({ notes, tasks: [task('config', { keys: ['api:1'] })] });
  node.warming.tasks.add(task('mine', { keys: ['api:2'] }));
  node.warming.pause(node.warming.tasks.at('mine'), true);
  const before = new Map(notes.notes);
  expect([...before.keys()].sort()).toEqual(['warm/state', 'warm/task/mine']);
  notes.notes.clear();
  node.warming.tasks.saveAll();
  expect(notes.notes).toEqual(before);
});
