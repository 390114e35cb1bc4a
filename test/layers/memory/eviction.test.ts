import fc from 'fast-check';
import { LRUCache } from 'lru-cache';
import { NEVER } from '../../../src/layers/layer';
import { POLICY_NAMES, type PolicyName } from '../../../src/layers/memory/policies';
import { auditAll, find, keyOf, newMemory, put } from './support';

afterEach(auditAll);

const key = fc.nat(15).map((n) => `k${n}`);

describe('allkeys-lru', () => {
  it('evicts in the order of lru-cache', () => {
    const step = fc.oneof(
      fc.record({ op: fc.constant('set' as const), key }),
      fc.record({ op: fc.constant('get' as const), key }),
      fc.record({ op: fc.constant('delete' as const), key }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 12 }), (steps, max) => {
        const evicted: string[] = [];
        const { memory, clock } = newMemory({ onLeave: (slot) => evicted.push(keyOf(memory, slot)) });
        const expected: string[] = [];
        const oracle = new LRUCache<string, string>({
          max,
          dispose: (_value, key, why) => why === 'evict' && expected.push(key),
        });
        for (const { op, key } of steps) {
          const slot = find(memory, key);
          if (op === 'set') {
            put(memory, key, `v${key}`);
            if (memory.count(0) > max) memory.evictOne();
            oracle.set(key, `v${key}`);
          } else if (op === 'get') {
            if (slot !== 0) memory.touch(slot, clock.now);
            expect(oracle.get(key) !== undefined).toBe(slot !== 0);
          } else {
            if (slot !== 0) memory.remove(slot);
            oracle.delete(key);
          }
          expect(evicted).toEqual(expected);
        }
        while (memory.evictOne());
        expect(evicted.slice(expected.length)).toEqual([...oracle.rkeys()]);
        memory.audit();
      }),
      { numRuns: 200, seed: 6 },
    );
  });
});

/** What each policy may choose from the living, given as [key, expiry] in the order of use. */
const CHOICES: Record<PolicyName, (entries: [string, number][]) => string[]> = {
  noeviction: () => [],
  'allkeys-lru': (entries) => entries.slice(0, 1).map(([key]) => key),
  'allkeys-random': (entries) => entries.map(([key]) => key),
  'volatile-lru': (entries) =>
    entries
      .filter(([, at]) => at !== NEVER)
      .slice(0, 1)
      .map(([key]) => key),
  'volatile-random': (entries) => entries.filter(([, at]) => at !== NEVER).map(([key]) => key),
  'volatile-ttl': (entries) => {
    const first = Math.min(...entries.map(([, at]) => at));
    return entries.filter(([, at]) => at === first && at !== NEVER).map(([key]) => key);
  },
};

describe.each(POLICY_NAMES)('%s', (policy) => {
  it('chooses only residents that it may, also after values were dropped and restored', () => {
    const step = fc.record({
      op: fc.constantFrom('put', 'put', 'touch', 'expire', 'expire', 'persist', 'drop', 'evict', 'remove'),
      key,
      ttlMs: fc.integer({ min: 1, max: 30 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const { memory, clock } = newMemory({ policy });
        // In the order of use: the least recently used first. An entry given its first expiry counts as just used.
        let residents: [string, number][] = [];
        const use = (key: string, at: number) => {
          residents = residents.filter(([each]) => each !== key);
          residents.push([key, at]);
        };
        const drop = (key: string) => {
          residents = residents.filter(([each]) => each !== key);
        };
        for (const { op, key, ttlMs } of steps) {
          const slot = find(memory, key);
          const at = slot === 0 ? NEVER : memory.expiresAt(slot);
          if (op === 'put') {
            put(memory, key);
            use(key, at);
          } else if (op === 'evict') {
            const allowed = CHOICES[policy](residents);
            const victim = memory.victim();
            if (victim !== 0 && policy.endsWith('random')) expect(allowed).toContain(keyOf(memory, victim));
            expect(victim !== 0).toBe(allowed.length > 0);
            if (victim === 0) continue;
            const name = keyOf(memory, victim);
            expect(allowed).toContain(name);
            drop(name);
            memory.remove(victim);
          } else if (slot === 0) continue;
          else if (op === 'touch') {
            memory.touch(slot, clock.now);
            if (memory.isResident(slot)) use(key, at);
          } else if (op === 'expire' || op === 'persist') {
            const next = op === 'persist' ? NEVER : clock.now + ttlMs;
            memory.setExpires(slot, next);
            if (policy === 'volatile-lru' && at === NEVER && next !== NEVER && memory.isResident(slot)) use(key, next);
            residents = residents.map(([each, old]) => [each, each === key ? next : old]);
          } else if (op === 'drop') {
            memory.dropValue(slot);
            drop(key);
          } else {
            memory.remove(slot);
            drop(key);
          }
        }
        memory.audit();
      }),
      { numRuns: 150, seed: 7 },
    );
  });
});

it('lets any entry go with the same chance under the random policies', () => {
  const { memory, clock } = newMemory({ policy: 'volatile-random' });
  for (let i = 0; i < 20; i++) {
    const slot = put(memory, `k${i}`);
    if (i < 10) memory.setExpires(slot, clock.now + 1000);
  }
  const seen = new Map<string, number>();
  for (let i = 0; i < 5000; i++) {
    const name = keyOf(memory, memory.victim());
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  expect(seen.size).toBe(10);
  for (const count of seen.values()) expect(count).toBeGreaterThan(350);
});

describe('stubs', () => {
  it('are never victims of the policy and leave oldest first', () => {
    const { memory, clock } = newMemory();
    const slots = ['a', 'b', 'c', 'd'].map((name) => put(memory, name));
    for (const slot of [slots[2]!, slots[0]!, slots[3]!]) memory.dropValue(slot);
    memory.touch(slots[2]!, clock.now);
    expect(memory.victim()).toBe(slots[1]);
    expect(memory.stubVictim()).toBe(slots[2]);
    memory.remove(slots[2]!);
    expect(memory.stubVictim()).toBe(slots[0]);
    put(memory, 'a', 'back');
    expect(memory.stubVictim()).toBe(slots[3]);
    expect(memory.victim()).toBe(slots[1]);
  });
});

describe('a change of policy', () => {
  it('is learned in slices, and only known entries are victims', () => {
    const { memory, clock } = newMemory({ policy: 'noeviction' });
    const slots = Array.from({ length: 10 }, (_, i) => put(memory, `k${i}`));
    memory.setPolicy('volatile-ttl');
    expect(memory.adopt(3)).toBe(false);
    for (const [i, slot] of slots.entries()) memory.setExpires(slot, clock.now + 100 - i);
    expect(memory.victim()).toBe(slots[2]);
    memory.audit();
    while (!memory.adopt(2));
    expect(memory.victim()).toBe(slots[9]);
    expect(memory.policy).toBe('volatile-ttl');
  });

  it('finds a victim itself when the new policy knows none yet', () => {
    const { memory } = newMemory({ policy: 'noeviction' });
    put(memory, 'a');
    expect(memory.evictOne()).toBe(false);
    memory.setPolicy('allkeys-lru');
    expect(memory.evictOne()).toBe(true);
    expect(memory.count(0)).toBe(0);
  });

  it('waits for the change under way, and takes the last one asked for', () => {
    const { memory, clock } = newMemory({ policy: 'allkeys-lru' });
    for (let i = 0; i < 20; i++) put(memory, `k${i}`);
    memory.setPolicy('allkeys-random');
    memory.adopt(5);
    memory.setPolicy('volatile-lru');
    memory.setPolicy('volatile-ttl');
    expect(memory.policy).toBe('volatile-ttl');
    memory.audit();
    for (let i = 0; i < 20; i += 3) memory.remove(find(memory, `k${i}`));
    for (let i = 0; i < 20; i += 2) put(memory, `k${i}`);
    memory.dropValue(find(memory, 'k1'));
    memory.setExpires(find(memory, 'k7'), clock.now + 5);
    while (!memory.adopt(3)) memory.audit();
    expect(keyOf(memory, memory.victim())).toBe('k7');
  });

  it('back to the one before, while under way, ends as it was', () => {
    const { memory } = newMemory({ policy: 'allkeys-lru' });
    const first = put(memory, 'first');
    put(memory, 'second');
    memory.setPolicy('volatile-lru');
    memory.setPolicy('allkeys-lru');
    while (!memory.adopt(1));
    expect(memory.policy).toBe('allkeys-lru');
    expect([first, find(memory, 'second')]).toContain(memory.victim());
  });
});
