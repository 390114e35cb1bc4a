import { bytesOf, copyOf } from '../../src/base/bytes';
import type { Engine } from '../../src/engine/engine';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { buildEngine } from './build';

const LENGTH = 5_000;
let world: ManualWorld;
let engine: Engine;

beforeEach(() => {
  world = manualWorld();
  engine = buildEngine(world);
  engine.start();
  for (let i = 0; i < LENGTH; i++) engine.set(0, bytesOf(`k${i}`), bytesOf('old'));
  world.scheduler.settle();
});

afterEach(() => {
  world.scheduler.settle();
  engine.audit();
});

const chain = () => {
  for (let i = 1; i < LENGTH; i++) engine.dependencyAdd(0, bytesOf(`k${i}`), [bytesOf(`k${i - 1}`)]);
};
const fan = () => {
  for (let i = 1; i < LENGTH; i++) engine.dependencyAdd(0, bytesOf(`k${i}`), [bytesOf('k0')]);
};

describe.each([
  ['a chain', chain, bytesOf(`k${LENGTH - 1}`)],
  ['a fan', fan, bytesOf('k1')],
])('%s', (_name, build, last) => {
  test('dies in slices, and the reply waits for the last of it', async () => {
    build();
    const died = engine.invalidateKeys(0, [bytesOf('k0')]);
    expect(died).toBeInstanceOf(Promise);
    expect(engine.core.memory.count(0)).toBeGreaterThan(0);
    world.scheduler.settle();
    expect(await died).toBe(LENGTH);
    expect(engine.size(0)).toBe(0);
  });

  test('nobody is given what is still to be struck', async () => {
    build();
    void engine.invalidateKeys(0, [bytesOf('k0')]);
    const reads = [
      engine.get(0, last),
      engine.getRaw(0, last),
      engine.locate(0, last),
      engine.countLive(0, [last], false),
    ];
    const size = engine.size(0);
    for (const read of reads) expect(read).toBeInstanceOf(Promise);
    expect(engine.get(0, bytesOf('other'))).toBeNull();
    world.scheduler.settle();
    expect(await Promise.all(reads)).toEqual([null, null, 0, 0]);
    expect(await size).toBe(0);
  });

  test('what is written meanwhile stays', async () => {
    build();
    const died = engine.invalidateKeys(0, [bytesOf('k0')]);
    engine.set(0, last, bytesOf('new'));
    const value = engine.get(0, last);
    world.scheduler.settle();
    expect(await died).toBe(LENGTH - 1);
    expect(copyOf((await value)!).toString()).toBe('new');
    expect(engine.size(0)).toBe(1);
  });

  test('a write of the source is not acknowledged before all is dead', async () => {
    build();
    engine.set(0, bytesOf('k0'), bytesOf('new'));
    const commit = engine.commit();
    expect(commit).toBeInstanceOf(Promise);
    let acknowledged = false;
    void commit!.then(() => {
      acknowledged = true;
    });
    await Promise.resolve();
    expect(acknowledged).toBe(false);
    world.scheduler.settle();
    await commit;
    expect(engine.size(0)).toBe(1);
    expect(engine.commit()).toBeUndefined();
  });

  test('a dry run counts it and changes nothing', async () => {
    build();
    const report = engine.invalidate({ db: 0, keys: [bytesOf('k0')], dryRun: true });
    world.scheduler.settle();
    expect(await report).toMatchObject({ invalidated: LENGTH, cascaded: LENGTH - 1, exact: true });
    expect(engine.size(0)).toBe(LENGTH);
  });
});

test('FLUSHALL ends a cascade', async () => {
  chain();
  const died = engine.invalidateKeys(0, [bytesOf('k0')]);
  void engine.flush();
  world.scheduler.settle();
  expect(await died).toBeLessThan(LENGTH);
  expect(engine.core.cascading.isIdle).toBe(true);
});
