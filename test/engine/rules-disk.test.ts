import { bytesOf } from '../../src/base/bytes';
import type { RuleSpec } from '../../src/base/patterns/tag-rule';
import { DiskHouse } from './disk-house';

let house: DiskHouse;
beforeEach(() => {
  house = new DiskHouse(5);
});
afterEach(async () => {
  house.engine.audit();
  await house.stop();
  house.remove();
});

const rule = (name: string, on: string, ...invalidate: string[]): RuleSpec => ({
  name,
  on: [on],
  invalidate,
  soft: true,
  priority: 7,
});
const namesOf = () => house.engine.rules().map(({ name }) => name);

test.each(['stop', 'kill'] as const)(
  'rules that clients added are there after a %s, those deleted are not',
  async (end) => {
    await house.openAndLoad();
    house.engine.ruleAdd(rule('kept\xff', 'user:{id}', 'feed:{id}'));
    house.engine.ruleAdd(rule('changed', 'user:{id}', 'old:{id}'));
    house.engine.ruleAdd(rule('gone', 'user:{id}', 'never:{id}'));
    await house.acknowledge();
    house.engine.ruleAdd(rule('changed', 'user:{id}', 'new:{id}'));
    house.engine.ruleDelete('gone');
    await house.acknowledge();
    await house[end]();
    await house.open();
    expect(namesOf()).toEqual(['changed', 'kept\xff']);
    expect(house.engine.rules()[0]).toMatchObject(rule('changed', 'user:{id}', 'new:{id}'));
    // They fire from the first invalidation on, also for what is still to be read from disk.
    await house.loaded();
  },
);

test('a value that a rule killed does not come back from disk after a kill', async () => {
  await house.openAndLoad();
  house.engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  house.engine.set(0, bytesOf('feed'), bytesOf('old'), { tags: ['feed:7'] });
  await house.written();
  expect(await house.settled(house.engine.invalidateTags(['user:7']))).toBe(1);
  await house.acknowledge();
  await house.kill();
  await house.openAndLoad();
  expect(await house.get('feed')).toBeNull();
});

test('a rule fires for rows that are not read from disk yet', async () => {
  await house.openAndLoad();
  house.engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  house.engine.set(0, bytesOf('feed'), bytesOf('old'), { tags: ['feed:7'] });
  await house.written();
  await house.stop();
  await house.open();
  expect(await house.settled(house.engine.invalidateWrite('user', '7', new Map()))).toBe(1);
  await house.loaded();
  expect(await house.get('feed')).toBeNull();
});
