import { Fault } from '../../src/base/fault';
import { Slab } from '../../src/base/offheap/slab';
import { Tags } from '../../src/invalidation/tags';

function replyOf(run: () => unknown): string {
  try {
    run();
  } catch (fault) {
    if (fault instanceof Fault) return fault.reply;
    throw fault;
  }
  return 'no fault';
}

describe('counts of tags that overlap', () => {
  test('an entry in a and b that died through a is not counted in b, not reclaimed yet or reclaimed', () => {
    const tags = new Tags(1);
    const both = tags.join(1, ['a', 'b']);
    tags.join(2, ['b']);
    expect(tags.invalidate(['a'], 1).died).toBe(1);
    expect([tags.live('a'), tags.live('b')]).toEqual([0, 1]);
    expect(tags.invalidate(['b', 'a', 'b'], 2).died).toBe(1);
    tags.leave(both);
    expect(tags.invalidate(['a', 'b'], 3).died).toBe(0);
  });

  test('one entry in several tags of one invalidation counts once', () => {
    const tags = new Tags(1);
    tags.join(1, ['a', 'b', 'c']);
    tags.join(2, ['c']);
    expect(tags.invalidate(['a', 'b', 'c'], 1).died).toBe(2);
  });

  test('what joins after an invalidation lives, also within its epoch, and dies with the next', () => {
    const tags = new Tags(1, { settleAtOnceLinks: 0 });
    const old = tags.join(1, ['a', 'b']);
    tags.invalidate(['a'], 1);
    expect(tags.settled).toBe(false);
    const young = tags.join(2, ['a', 'b']);
    expect([tags.isDead(old), tags.isDead(young)]).toEqual([true, false]);
    const again = tags.invalidate(['a'], 1);
    expect(tags.isDead(young)).toBe(true);
    tags.settle(100);
    expect([again.exact, again.died]).toEqual([true, 1]);
  });

  test('two large tags that overlap: inexact at first, exact once the first is settled', () => {
    const tags = new Tags(1, { settleAtOnceLinks: 1 });
    for (let i = 0; i < 10; i++) tags.join(i, ['a', 'b', `id:${i}`]);
    for (let i = 10; i < 15; i++) tags.join(i, ['b', `id:${i}`]);
    const a = tags.invalidate(['a'], 1);
    expect([a.exact, a.died]).toEqual([true, 10]);
    const b = tags.invalidate(['b'], 2);
    expect(b.exact).toBe(false);
    while (!b.exact) tags.settle(3);
    expect(b.died).toBe(5);
    expect(tags.settled).toBe(false);
  });
});

test('a tag of 1 M members dies in work for its cohorts, and the others of its tags count right at once', () => {
  const tags = new Tags(1);
  const members = new Int32Array(1_000_000);
  for (let i = 0; i < members.length; i++) members[i] = tags.join(i, i % 2 === 0 ? ['all', 'even'] : ['all', 'odd']);
  tags.join(members.length, ['odd']);
  const reads = jest.spyOn(Slab.prototype, 'get');
  const result = tags.invalidate(['all'], 1);
  expect(reads.mock.calls.length).toBeLessThan(200);
  reads.mockRestore();
  expect([result.died, result.exact, tags.settled]).toEqual([1_000_000, true, true]);
  expect([tags.live('even'), tags.live('odd'), tags.pendingIn(0)]).toEqual([0, 1, 1_000_000]);
  let slices = 1;
  while (!tags.reclaim(10_000, (owner) => tags.leave(members[owner]!))) slices++;
  expect(slices).toBe(100);
  expect(tags.stats()).toMatchObject({ members: 1, tags: 2, idleTags: 1 });
});

test('a tag with a cohort for each member dies at once and is settled in slices', () => {
  const tags = new Tags(1);
  const members = Array.from({ length: 20_000 }, (_, i) => tags.join(i, ['user', `user:${i}`]));
  const result = tags.invalidate(['user'], 1);
  expect([result.died, result.exact, tags.settled]).toEqual([20_000, true, false]);
  expect(members.every((member) => tags.isDead(member))).toBe(true);
  expect(tags.invalidate(['user:19999'], 2).died).toBe(0);
  const fresh = tags.join(19_999, ['user', 'user:19999']);
  let slices = 0;
  while (!tags.settle(1_000)) slices++;
  expect(slices).toBeGreaterThan(30);
  expect([tags.live('user'), tags.isDead(fresh)]).toEqual([1, false]);
  tags.audit();
});

describe('records of invalidations', () => {
  test('a tag that nobody carries is fenced until no fill can be older', () => {
    const tags = new Tags(1);
    tags.invalidate(['ghost'], 5);
    expect([tags.anyInvalidatedAfter(['ghost'], 4), tags.anyInvalidatedAfter(['ghost'], 5)]).toEqual([true, false]);
    tags.forget(4);
    expect(tags.stats().tags).toBe(1);
    tags.forget(5);
    expect(tags.stats()).toMatchObject({ tags: 0, bytesUsed: 0 });
  });

  test('a tag keeps its epoch when its last member leaves, and is dropped at once when that is forgotten', () => {
    const tags = new Tags(1);
    tags.loadEpoch('a', 3);
    const member = tags.join(1, ['a']);
    tags.forget(3);
    expect(tags.hardEpoch('a')).toBe(3);
    tags.leave(member);
    expect(tags.stats()).toMatchObject({ tags: 0, idleTags: 0 });
  });

  test('records beyond the limit are given up for a floor under all fills', () => {
    const tags = new Tags(1, { idleTagsMax: 2 });
    for (let epoch = 1; epoch <= 4; epoch++) tags.invalidate([`t${epoch}`], epoch);
    expect(tags.stats()).toMatchObject({ idleTags: 2, floorEpoch: 2 });
    expect([tags.anyInvalidatedAfter(['t1'], 0), tags.anyInvalidatedAfter(['other'], 1)]).toEqual([true, true]);
    expect([tags.anyInvalidatedAfter(['other'], 2), tags.anyInvalidatedAfter([], 0)]).toEqual([false, false]);
    tags.audit();
  });

  test('with no room for a record an invalidation fences all that is older', () => {
    const tags = new Tags(1, { tagsMax: 1 });
    tags.join(1, ['a']);
    tags.invalidate(['b'], 3);
    expect([tags.anyInvalidatedAfter(['b'], 2), tags.anyInvalidatedAfter(['b'], 3)]).toEqual([true, false]);
  });

  test('clear drops all and fences what began before', () => {
    const tags = new Tags(1);
    tags.join(1, ['a']);
    tags.clear(9);
    expect(tags.stats()).toMatchObject({ members: 0, tags: 0, bytesUsed: 0, floorEpoch: 9 });
    expect([tags.anyInvalidatedAfter(['x'], 8), tags.anyInvalidatedAfter(['x'], 9)]).toEqual([true, false]);
  });
});

describe('limits', () => {
  test('are named, and what they refuse changes nothing', () => {
    const tags = new Tags(1, { tagBytesMax: 4, tagsPerEntryMax: 3, tagsMax: 4 });
    const member = tags.join(1, ['a', 'b']);
    const before = JSON.stringify(tags.stats());
    expect(replyOf(() => tags.join(2, ['c', 'd', 'e', 'f']))).toBe('ERR too many tags (limit tags-per-entry-max 3)');
    expect(replyOf(() => tags.join(2, ['c', 'd', 'e']))).toBe('ERR too many tags (limit tags-max 4)');
    expect(replyOf(() => tags.retag(member, ['c', 'd'], []))).toBe('ERR too many tags (limit tags-per-entry-max 3)');
    expect(replyOf(() => tags.join(2, ['c', 'large']))).toBe('ERR tag too long (limit tag-size-max 4)');
    expect(replyOf(() => tags.invalidate(['a', 'large'], 1))).toBe('ERR tag too long (limit tag-size-max 4)');
    expect(JSON.stringify(tags.stats())).toBe(before);
    expect(tags.isDead(member)).toBe(false);
    tags.audit();
  });

  test('1,000 tags on an entry and a name of 4,096 bytes work', () => {
    const tags = new Tags(1);
    const many = Array.from({ length: 1_000 }, (_, i) => `tag:${i}`);
    const member = tags.join(1, many);
    expect(tags.tagsOf(member)).toEqual([...many].sort());
    const long = '\xfe'.repeat(4_096);
    expect(tags.tagsOf(tags.join(2, [long]))).toEqual([long]);
    expect(tags.invalidate(many, 1).died).toBe(1);
  });
});

test('untagged entries are no members', () => {
  const tags = new Tags(1);
  expect([tags.join(1, []), tags.isDead(0), tags.tagsOf(0), tags.has(0, 'a')]).toEqual([0, false, [], false]);
  tags.leave(0);
  expect(tags.memberCount).toBe(0);
});

test('scan names every tag with its count and epoch', () => {
  const tags = new Tags(1);
  for (let i = 0; i < 5; i++) tags.join(i, ['all', `t${i}`]);
  tags.invalidate(['ghost'], 2);
  const seen: string[] = [];
  let cursor = 0;
  do cursor = tags.scan(cursor, 2, (name, live, epoch) => seen.push(`${name} ${live} ${epoch}`));
  while (cursor !== 0);
  expect(seen.sort()).toEqual(['all 5 0', 'ghost 0 2', 't0 1 0', 't1 1 0', 't2 1 0', 't3 1 0', 't4 1 0']);
});

test('an owner that does not leave when reclaimed is a broken invariant', () => {
  const tags = new Tags(1);
  tags.join(1, ['a']);
  tags.invalidate(['a'], 1);
  expect(() => tags.reclaim(1, () => undefined)).toThrow('did not leave');
});
