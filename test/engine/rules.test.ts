import { bytesOf } from '../../src/base/bytes';
import type { RuleSpec } from '../../src/base/patterns/tag-rule';
import type { Engine } from '../../src/engine/engine';
import { ruleStoreOn, savedRule, saveRule } from '../../src/engine/rule-store';
import { RULE_LIMITS, RuleBook, type RuleLimits } from '../../src/invalidation/rules/rule-book';
import { Writes } from '../../src/invalidation/rules/writes';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { buildEngine } from './build';

let world: ManualWorld;
let engine: Engine;

function begin(limits: Partial<RuleLimits> = {}, writes = new Writes()): void {
  world = manualWorld();
  engine = buildEngine(world, { rules: { book: new RuleBook({ ...RULE_LIMITS, ...limits }), writes } });
  engine.start();
}

beforeEach(() => begin());
afterEach(() => {
  world.scheduler.settle();
  engine.audit();
});

const NONE = new Map<string, string>();
const rule = (name: string, on: string, ...invalidate: string[]): RuleSpec => ({
  name,
  on: [on],
  invalidate,
  soft: false,
  priority: 0,
});
const set = (key: string, value: string, ...tags: string[]) => engine.set(0, bytesOf(key), bytesOf(value), { tags });
const has = (key: string) => engine.getRaw(0, bytesOf(key)) !== null;
const countsOf = (name: string) => engine.rules().find((each) => each.name === name)!;

test('an invalidated tag takes along what rules name, in one epoch and before the reply', () => {
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  engine.ruleAdd(rule('pages', 'feed:{id}', 'page:{id}'));
  set('u', 'Ann', 'user:7');
  set('f', 'posts', 'feed:7', 'feeds');
  set('p', 'html', 'page:7');
  set('other', 'x', 'feed:8', 'feeds');
  expect(engine.invalidateTags(['user:7'])).toBe(3);
  expect(['u', 'f', 'p', 'other'].map(has)).toEqual([false, false, false, true]);
  const { tags } = engine.core;
  expect(new Set(['user:7', 'feed:7', 'page:7'].map((tag) => tags.hardEpoch(tag))).size).toBe(1);
});

test('a value with a grace dies by a rule as others do', () => {
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  engine.set(0, bytesOf('f'), bytesOf('posts'), { tags: ['feed:7'], graceMs: 1_000 });
  expect(engine.invalidateTags(['user:7'])).toBe(1);
  expect(has('f')).toBe(false);
});

test('what depends on what a rule killed dies too', () => {
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  set('feed', 'posts', 'feed:7');
  set('page', 'html');
  engine.dependencyAdd(0, bytesOf('page'), [bytesOf('feed')]);
  expect(engine.invalidateTags(['user:7'])).toBe(2);
  expect(has('page')).toBe(false);
});

test('a fill that began before a rule killed its tag is fenced', () => {
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  const fillEpoch = engine.epoch;
  engine.invalidateTags(['user:7']);
  expect(engine.set(0, bytesOf('feed'), bytesOf('old'), { tags: ['feed:7'], fillEpoch })).toBe(false);
});

test('only invalidated tags and writes trigger rules: not a written, deleted or invalidated key, nor its expiry', () => {
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  set('feed', 'posts', 'feed:7');
  set('user', 'Ann', 'user:7');
  set('user', 'Bea', 'user:7');
  engine.remove(0, bytesOf('user'));
  set('user', 'Cid', 'user:7');
  engine.invalidateKeys(0, [bytesOf('user')]);
  engine.set(0, bytesOf('user'), bytesOf('Dan'), { tags: ['user:7'], expiresAt: world.clock.now + 10 });
  world.clock.now += 20;
  expect([has('user'), has('feed'), countsOf('feeds').fired]).toEqual([false, true, 0]);
  expect(engine.invalidateWrite('user', '7', NONE)).toBe(1);
  expect(has('feed')).toBe(false);
});

test('a write is its tags, and its context fills placeholders of any rule in the chain', () => {
  begin({}, new Writes(new Map([['user', ['user:{id}', 'users:{region}']]])));
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  engine.ruleAdd(rule('home', 'feed:{id}', 'home:{region}'));
  for (const tag of ['user:7', 'users:eu', 'feed:7', 'home:eu', 'home:us', 'user']) set(tag, 'v', tag);
  expect(engine.invalidateWrite('user', '7', new Map([['region', 'eu']]))).toBe(4);
  expect([has('home:us'), has('user')]).toEqual([true, true]);
  expect(engine.invalidateWrite('user', '7', NONE)).toBe(0);
  expect([countsOf('home').fired, countsOf('home').skipped]).toEqual([2, 1]);
  expect(engine.invalidateWrite('user', undefined, NONE)).toBe(1);
  expect(has('user')).toBe(false);
});

test('counters: fired, and entries that died of what the rule added', () => {
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}', 'user:{id}'));
  for (const key of ['a', 'b', 'c']) set(key, 'v', 'feed:7');
  set('u', 'v', 'user:7');
  engine.invalidateTags(['user:7', 'user:8', 'org:1']);
  expect(countsOf('feeds')).toMatchObject({ fired: 2, invalidated: 3, source: 'command' });
  expect(engine.core.rules.stats()).toMatchObject({ rules: 1, fired: 2, invalidated: 3, depthReached: 0, cut: 0 });
  engine.core.rules.reset();
  expect(engine.core.rules.stats()).toMatchObject({ rules: 1, fired: 0, invalidated: 0 });
});

test('WHY names the rule and how it came to the tag, and a write as what it is', () => {
  engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}'));
  engine.ruleAdd(rule('pages', 'feed:{id}', 'page:{id}'));
  set('u', 'Ann', 'user:7');
  set('p', 'html', 'page:7');
  engine.invalidateWrite('user', '7', NONE, { client: 'me' });
  expect(engine.why(0, bytesOf('p'))).toEqual(
    expect.arrayContaining([
      ['by', 'rule'],
      ['tag', 'page:7'],
      ['rule', 'pages'],
      ['path', ['user:7', 'feeds', 'feed:7', 'pages']],
      ['client', 'me'],
    ]),
  );
  expect(engine.why(0, bytesOf('u'))).toEqual(
    expect.arrayContaining([
      ['by', 'write'],
      ['tag', 'user:7'],
    ]),
  );
});

test('a chain that was cut is counted and logged, once in a while, and what it found is dead', () => {
  begin({ depthMax: 2 });
  engine.ruleAdd(rule('grow', 'n:{x*}', 'n:{x}:1'));
  set('near', 'v', 'n:0:1:1');
  set('far', 'v', 'n:0:1:1:1');
  expect(engine.invalidateTags(['n:0'])).toBe(1);
  engine.invalidateTags(['n:0']);
  expect([has('near'), has('far'), engine.core.rules.stats().depthReached]).toEqual([false, true, 2]);
});

describe('over-invalidation', () => {
  beforeEach(() => engine.ruleAdd(rule('feeds', 'user:{id}', 'feed:{id}')));

  test('a value that comes back the same is counted, one that changed too, and only once', () => {
    set('a', 'same', 'feed:7');
    set('b', 'old', 'feed:7');
    expect(engine.core.rules.isWatching).toBe(false);
    engine.invalidateTags(['user:7']);
    expect(engine.core.rules.isWatching).toBe(true);
    set('a', 'same', 'feed:7');
    set('b', 'new', 'feed:7');
    set('a', 'same', 'feed:7');
    expect(countsOf('feeds')).toMatchObject({ unchanged: 1, changed: 1 });
    expect(engine.core.rules.isWatching).toBe(false);
  });

  test('what carried the invalidated tag itself would have died anyway', () => {
    set('a', 'same', 'feed:7', 'user:7');
    engine.invalidateTags(['user:7']);
    expect(engine.core.rules.isWatching).toBe(false);
  });

  test('databases and keys are told apart', () => {
    set('a', 'same', 'feed:7');
    engine.invalidateTags(['user:7']);
    engine.set(1, bytesOf('a'), bytesOf('same'));
    set('b', 'same');
    expect(countsOf('feeds')).toMatchObject({ unchanged: 0, changed: 0 });
  });

  test('a long value that differs in its middle third only may pass for the same, one of another length may not', () => {
    const long = 'x'.repeat(100_000);
    set('a', long, 'feed:7');
    engine.invalidateTags(['user:7']);
    set('a', `${long}x`);
    expect(countsOf('feeds')).toMatchObject({ unchanged: 0, changed: 1 });
  });

  test('of a rule that is gone nothing is counted', () => {
    set('a', 'same', 'feed:7');
    engine.invalidateTags(['user:7']);
    engine.ruleDelete('feeds');
    set('a', 'same');
    expect(engine.rules()).toEqual([]);
  });

  test('a large tag is looked at in part only', () => {
    for (let i = 0; i < 1000; i++) set(`k${i}`, 'same', 'feed:7');
    engine.invalidateTags(['user:7']);
    for (let i = 0; i < 1000; i++) set(`k${i}`, 'same', 'feed:7');
    const { unchanged, invalidated } = countsOf('feeds');
    expect(invalidated).toBe(1000);
    // Two of the 256 may share a place in the table.
    expect(unchanged).toBeGreaterThan(200);
    expect(unchanged).toBeLessThanOrEqual(256);
  });
});

describe('rules that clients added outlive the process', () => {
  class Shelf {
    readonly notes = new Map<string, Buffer>();
    hasRoom = true;
    saveNote(name: string, value: Buffer): boolean {
      if (this.hasRoom) this.notes.set(name, Buffer.from(value));
      return this.hasRoom;
    }
    deleteNote(name: string): void {
      this.notes.delete(name);
    }
    async loadNotes(prefix: string, each: (name: string, value: Buffer) => void): Promise<void> {
      for (const [name, value] of this.notes) if (name.startsWith(prefix)) each(name, value);
    }
  }
  let shelf: Shelf;

  beforeEach(async () => {
    shelf = new Shelf();
    await engine.core.rules.open(ruleStoreOn(shelf));
  });

  async function restart(fromConfig: readonly RuleSpec[] = []): Promise<void> {
    begin();
    for (const each of fromConfig) engine.core.rules.book.add(each, 'config');
    await engine.core.rules.open(ruleStoreOn(shelf));
  }

  test('as they were given, whatever bytes', async () => {
    const whole: RuleSpec = { ...rule('r\xff', 'a:{x}\xfe', 'b:{x}:{y}'), context: ['y'], soft: true, priority: -3 };
    engine.ruleAdd(whole);
    engine.ruleAdd(rule('gone', 'a', 'b'));
    engine.ruleDelete('gone');
    await restart();
    expect(engine.rules()).toEqual([expect.objectContaining({ ...whole, source: 'command', fired: 0 })]);
  });

  test('the configuration wins over one of the same name, for good', async () => {
    engine.ruleAdd(rule('r', 'a', 'b'));
    await restart([rule('r', 'a', 'c')]);
    expect(engine.rules()).toEqual([expect.objectContaining({ invalidate: ['c'], source: 'config' })]);
    expect(() => engine.ruleDelete('r')).toThrow(
      expect.objectContaining({ reply: "ERR rule 'r' is from the configuration: change it there" }),
    );
    await restart();
    expect(engine.rules()).toEqual([]);
  });

  test('what is no rule any more is dropped', async () => {
    shelf.notes.set('rule:bad', Buffer.from('{"name":1}'));
    shelf.notes.set('rule:worse', Buffer.from('{'));
    shelf.notes.set('rule:refused', saveRule(rule('refused', '{a}{b}', 'c')));
    shelf.notes.set('loss:1', Buffer.from('not ours'));
    await restart();
    expect(engine.rules()).toEqual([]);
    expect([...shelf.notes.keys()]).toEqual(['loss:1']);
  });

  test('without room for it a rule is not added', () => {
    shelf.hasRoom = false;
    expect(() => engine.ruleAdd(rule('r', 'a', 'b'))).toThrow(
      expect.objectContaining({ reply: expect.stringContaining('notes-max') }),
    );
    expect(engine.rules()).toEqual([]);
  });

  test('a new file is told all of them', () => {
    engine.core.rules.book.add(rule('config', 'a', 'b'), 'config');
    engine.ruleAdd(rule('r', 'a', 'b'));
    shelf.notes.clear();
    engine.core.rules.saveAll();
    expect([...shelf.notes.keys()]).toEqual(['rule:r']);
    expect(savedRule(shelf.notes.get('rule:r')!)).toEqual(rule('r', 'a', 'b'));
  });
});
