import fc from 'fast-check';
import { bytesOf } from '../../../src/base/bytes';
import { KeyHash } from '../../../src/base/key-hash';
import { NEVER } from '../../../src/layers/layer';
import { ENTRY_WORDS } from '../../../src/layers/memory/record';
import { auditAll, find, keyOf, newMemory, put, seededRandom, storedValue } from './support';

afterEach(auditAll);

describe('the key hash', () => {
  it('is HalfSipHash-1-3 in database 0: the vectors of Linux', () => {
    const wanted = [0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6];
    const hasher = new KeyHash(0x03020100, 0x07060504);
    const input = Buffer.from(Array.from({ length: 64 }, (_, i) => i));
    expect(wanted.map((_, length) => hasher.hash(0, input, 0, length) >>> 0)).toEqual(wanted);
  });

  it('differs by database and by seed, and leaves the words of the key', () => {
    const key = Buffer.from('\xffabcdefghij', 'latin1');
    const hasher = new KeyHash(1, 2);
    const hashes = Array.from({ length: 32 }, (_, db) => hasher.hash(db, key, 1, 8));
    hashes.push(new KeyHash(2, 2).hash(0, key, 1, 8));
    expect(new Set(hashes).size).toBe(33);
    hasher.hash(0, Buffer.from('longer than the other'), 0, 20);
    hasher.hash(0, key, 1, 8);
    expect([...hasher.words.subarray(0, 2)]).toEqual([0x64636261, 0x676665]);
  });
});

describe('scan', () => {
  it('visits what stays exactly once, whatever else comes and goes', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 400 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(),
        fc.constantFrom(-1, 0, 1),
        (size, budget, seed, db) => {
          const { memory } = newMemory();
          const random = seededRandom(seed);
          for (let i = 0; i < size; i++) put(memory, `stay${i}`, 'v', i & 1);
          for (let i = 0; i < size; i++) put(memory, `go${i}`, 'v', i & 1);
          const seen: string[] = [];
          let cursor = 0;
          do {
            cursor = memory.scan(cursor, budget, (slot) => seen.push(keyOf(memory, slot)), db);
            const i = Math.floor(random() * size);
            const slot = find(memory, `go${i}`, i & 1);
            if (slot !== 0) memory.remove(slot);
            put(memory, `come${seen.length}`, 'v', i & 1);
            put(memory, `stay${i}`, 'another value'.repeat(i % 9), i & 1);
          } while (cursor !== 0);
          const stayed = seen.filter((key) => key.startsWith('stay')).sort();
          const wanted = Array.from({ length: size }, (_, i) => i).filter((i) => db < 0 || (i & 1) === db);
          expect(stayed).toEqual(wanted.map((i) => `stay${i}`).sort());
        },
      ),
      { numRuns: 40, seed: 8 },
    );
  });

  it('lets `each` remove what it is shown', () => {
    const { memory } = newMemory();
    for (let i = 0; i < 1000; i++) put(memory, `k${i}`);
    let cursor = 0;
    do cursor = memory.scan(cursor, 50, (slot) => memory.remove(slot));
    while (cursor !== 0);
    expect(memory.count(0)).toBe(0);
  });

  it('keeps a call short in a sparse stretch, and passes pages without the database at once', () => {
    const { memory } = newMemory();
    for (let i = 0; i < 40_000; i++) put(memory, `k${i}`);
    const last = put(memory, 'last', 'v', 1);
    for (let i = 0; i < 39_999; i++) memory.remove(find(memory, `k${i}`));
    const seen: number[] = [];
    const calls: number[] = [];
    for (let cursor = 0; ; ) {
      cursor = memory.scan(cursor, 10, (slot) => seen.push(slot));
      calls.push(cursor);
      if (cursor === 0) break;
    }
    expect(calls.length).toBeGreaterThan(1);
    expect(seen).toContain(last);
    expect(memory.scan(0, 1_000, (slot) => seen.push(slot), 1)).toBe(0);
  });

  it('takes any cursor', () => {
    const { memory } = newMemory();
    put(memory, 'k');
    for (const cursor of [-5, 1, 7, 2 ** 31, 2 ** 53]) expect(memory.scan(cursor, 10, () => {})).toBe(0);
  });
});

describe('randomSlot', () => {
  it('finds any entry of its database, also a lonely one', () => {
    const { memory } = newMemory();
    for (let i = 0; i < 30_000; i++) put(memory, `k${i}`);
    expect(memory.randomSlot(1)).toBe(0);
    const lonely = put(memory, 'lonely', 'v', 1);
    expect(memory.randomSlot(1)).toBe(lonely);
    const seen = new Set(Array.from({ length: 200 }, () => memory.randomSlot(0)));
    expect(seen.size).toBeGreaterThan(150);
    expect(Math.max(...seen)).toBeGreaterThan(20_000);
    for (const slot of seen) expect(memory.dbOf(slot)).toBe(0);
  });
});

describe('expiry', () => {
  it('tells before an entry leaves, and counts exactly once it has caught up', () => {
    const left: string[] = [];
    const { memory, clock } = newMemory({ onLeave: (slot, reason) => left.push(`${reason} ${keyOf(memory, slot)}`) });
    for (let i = 0; i < 1000; i++) memory.setExpires(put(memory, `k${i}`), clock.now + 100 + (i % 10));
    put(memory, 'stays');
    clock.now += 104;
    expect(memory.expireDue(clock.now, 300)).toBe(false);
    expect(left.length).toBeLessThanOrEqual(300);
    while (!memory.expireFor(clock.now, 1));
    expect(memory.count(0)).toBe(501);
    expect(memory.countExpiring(0)).toBe(500);
    expect(left.length).toBe(500);
    expect(left[0]).toMatch(/^expired k\d+$/);
    expect(memory.isLive(find(memory, 'stays'), clock.now)).toBe(true);
    expect(memory.nextExpiryMs()).toBeLessThanOrEqual(clock.now + 1);
  });

  it('knows the mean time to live, also beside an entry that lives nearly for ever', () => {
    const { memory, clock } = newMemory();
    expect(memory.averageTtlMs(0, clock.now)).toBe(0);
    memory.setExpires(put(memory, 'a'), clock.now + 1000);
    memory.setExpires(put(memory, 'b'), clock.now + 3000);
    expect(memory.averageTtlMs(0, clock.now + 500)).toBe(1500);
    memory.setExpires(put(memory, 'c'), Number.MAX_SAFE_INTEGER);
    memory.remove(find(memory, 'c'));
    memory.setExpires(find(memory, 'b'), NEVER);
    expect(memory.averageTtlMs(0, clock.now)).toBe(1000);
    expect(memory.nextExpiryMs()).toBeGreaterThan(clock.now);
  });

  it('gives every timer byte back', () => {
    const { memory, clock } = newMemory();
    const before = memory.wheel.bytesUsed;
    for (let i = 0; i < 1000; i++) memory.setExpires(put(memory, `k${i}`), clock.now + i);
    clock.now += 1000;
    while (!memory.expireDue(clock.now, 100));
    expect(memory.wheel.bytesUsed).toBe(before);
    expect(memory.nextExpiryMs()).toBe(NEVER);
  });
});

describe('use', () => {
  it('counts hits up to a limit and idle seconds', () => {
    const { memory, clock } = newMemory();
    const slot = put(memory, 'k');
    expect([memory.hits(slot), memory.idleSeconds(slot, clock.now + 2999)]).toEqual([0, 2]);
    clock.now += 10_000;
    for (let i = 0; i < 5000; i++) memory.touch(slot, clock.now);
    expect([memory.hits(slot), memory.idleSeconds(slot, clock.now)]).toEqual([4095, 0]);
    clock.now += 3000;
    put(memory, 'k', 'new');
    expect([memory.hits(slot), memory.idleSeconds(slot, clock.now)]).toEqual([4095, 0]);
  });
});

describe('memory', () => {
  it('is counted a byte at a time as entries grow, shrink and go', () => {
    const { memory, clock } = newMemory();
    const slot = put(memory, 'key', Buffer.alloc(1000));
    const before = memory.usedBytes;
    const record = ENTRY_WORDS * 4;
    expect(memory.bytesOf(slot)).toBe(1024 + record + 4);
    memory.setExpires(slot, clock.now + 5);
    expect(memory.bytesOf(slot)).toBe(1024 + record + 4 + 16);
    memory.dropValue(slot);
    expect(memory.bytesOf(slot)).toBe(8 + record + 4 + 16);
    expect(memory.usedBytes).toBe(before - 1024 + 8 + 16);
    memory.restoreValue(slot, bytesOf(Buffer.alloc(200_000)));
    expect(memory.bytesOf(slot)).toBeGreaterThan(200_000);
    expect(memory.usedBytes).toBe(before - 1024 + memory.bytesOf(slot) - record - 4);
  });

  it('is over its maximum or not, and policies bring it back', () => {
    const { memory } = newMemory({ maxMemoryBytes: 1 << 20 });
    for (let i = 0; i < 20_000; i++) {
      while (memory.isOver()) expect(memory.evictOne()).toBe(true);
      put(memory, `key:${i}`, Buffer.alloc(100, i));
    }
    expect(memory.usedBytes).toBeLessThan((1 << 20) + 200);
    expect(memory.count(0)).toBeGreaterThan(4000);
    expect(find(memory, 'key:19999')).not.toBe(0);
    expect(find(memory, 'key:0')).toBe(0);
    memory.setMaxMemory(0);
    expect(memory.isOver()).toBe(false);
  });

  it('holds its bound while the sizes of values shift', () => {
    const maxMemoryBytes = 24 << 20;
    const { memory } = newMemory({ maxMemoryBytes });
    const { arena } = memory.blocks;
    const random = seededRandom(9);
    const value = Buffer.alloc(200_000, 'v');
    let worst = 0;
    for (const size of [100, 3000, 40, 900, 50_000, 300]) {
      const writes = (2 * maxMemoryBytes) / (size + 200);
      for (let i = 0; i < writes; i++) {
        while (memory.isOver()) memory.evictOne();
        // Keys come back, so that what is left of the size before is scattered over its pages.
        const key = `key:${Math.floor(random() * writes)}`;
        memory.put(0, bytesOf(key), { buf: value, start: 0, end: size }, 0);
        const touch = find(memory, `key:${Math.floor(random() * writes)}`);
        if (touch !== 0) memory.touch(touch, 1);
        const held = arena.touchedBytes + memory.records.bytesHeld + memory.index.bytesReserved;
        if (held > worst) worst = held;
      }
      memory.audit();
    }
    // Two pages beyond, which count for something in a memory as small as this.
    expect(worst).toBeLessThan(maxMemoryBytes * 1.25 + (2 << 20));
  });

  it('moves blocks in compaction without a reader noticing', () => {
    const { memory } = newMemory();
    for (let i = 0; i < 60_000; i++) put(memory, `key:${i}`, `value:${i}`.padEnd(100));
    for (let i = 0; i < 60_000; i++) if (i % 20 !== 0) memory.remove(find(memory, `key:${i}`));
    const heldBytes = memory.blocks.arena.touchedBytes;
    memory.purge();
    while (!memory.compact(500));
    memory.purge();
    expect(memory.blocks.arena.touchedBytes).toBeLessThan(heldBytes / 3);
    for (let i = 0; i < 60_000; i += 20)
      expect(storedValue(memory, find(memory, `key:${i}`))?.toString()).toBe(`value:${i}`.padEnd(100));
  });
});
