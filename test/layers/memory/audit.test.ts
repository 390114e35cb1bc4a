import { BrokenInvariant } from '../../../src/base/fault';
import { UNIT_BITS, UNIT_MASK } from '../../../src/base/offheap/arena';
import type { MemoryLayer } from '../../../src/layers/memory/memory-layer';
import { CHAIN, EXPIRES, HASH, META, NEXT, PREV, REF, RESIDENT, TIMER, VLEN } from '../../../src/layers/memory/record';
import { find, keyOf, newMemory, put } from './support';

/** Some of everything: residents, stubs, timers, a large block, two databases, freed slots. */
function furnished(): MemoryLayer {
  const { memory, clock } = newMemory({ policy: 'allkeys-lru' });
  for (let i = 0; i < 200; i++) put(memory, `k${i}`, `value ${i}`, i & 1);
  for (let i = 0; i < 50; i++) memory.setExpires(find(memory, `k${i}`, i & 1), clock.now + i * 100);
  for (let i = 100; i < 150; i++) memory.dropValue(find(memory, `k${i}`, i & 1));
  for (let i = 150; i < 170; i++) memory.remove(find(memory, `k${i}`, i & 1));
  put(memory, 'large', Buffer.alloc(300_000));
  memory.audit();
  return memory;
}

const slotOf = (memory: MemoryLayer, i: number) => find(memory, `k${i}`, i & 1);

/** Each breaks one thing that the audit must see. */
const CORRUPTIONS: Record<string, (memory: MemoryLayer) => void> = {
  'a hash': (memory) => memory.records.set(slotOf(memory, 3), HASH, 12345),
  'a chain cut': (memory) => memory.index.remove(memory.records.get(slotOf(memory, 3), HASH), slotOf(memory, 3)),
  'a chain that skips': (memory) => {
    for (let slot = 1; ; slot++) if (memory.records.get(slot, CHAIN)) return memory.records.set(slot, CHAIN, 0);
  },
  'a key': (memory) => {
    const ref = memory.records.get(slotOf(memory, 3), REF);
    memory.blocks.arena.words[ref >>> UNIT_BITS]![((ref & UNIT_MASK) << 1) + 1]! ^= 1;
  },
  'an owner': (memory) => {
    const ref = memory.records.get(slotOf(memory, 3), REF);
    memory.blocks.arena.words[ref >>> UNIT_BITS]![(ref & UNIT_MASK) << 1] = slotOf(memory, 4);
  },
  'an owner of a large block': (memory) => {
    memory.blocks.larges.words[memory.records.get(find(memory, 'large'), REF)]![0] = slotOf(memory, 4);
  },
  'a block freed twice': (memory) => memory.blocks.arena.free(memory.records.get(slotOf(memory, 3), REF)),
  'a block nobody owns': (memory) => void memory.blocks.arena.allocate(10, 190_000),
  'used bytes': (memory) => void (memory.blocks.arena.usedBytes += 8),
  'used bytes of large blocks': (memory) => void (memory.blocks.larges.usedBytes -= 1),
  'touched bytes': (memory) => void (memory.blocks.arena.touchedBytes += 8),
  'a length': (memory) => memory.records.set(slotOf(memory, 3), VLEN, 5000),
  'a link back': (memory) => memory.records.set(slotOf(memory, 3), PREV, slotOf(memory, 90)),
  'a link on': (memory) => memory.records.set(slotOf(memory, 3), NEXT, slotOf(memory, 90)),
  'a stub said to be resident': (memory) => memory.setFlag(slotOf(memory, 101), RESIDENT, true),
  'a resident said to be a stub': (memory) => memory.setFlag(slotOf(memory, 3), RESIDENT, false),
  'a stub not listed': (memory) => memory.eviction.stubs.remove(slotOf(memory, 101)),
  'a resident not listed': (memory) => memory.eviction.policy.removed(slotOf(memory, 3)),
  'a moment not on the wheel': (memory) => memory.records.setFloat(slotOf(memory, 60), EXPIRES, 5),
  'a moment other than the wheel knows': (memory) => memory.records.setFloat(slotOf(memory, 40), EXPIRES, 2e12),
  'a timer lost': (memory) => memory.records.set(slotOf(memory, 40), TIMER, 0),
  'a timer of another': (memory) =>
    memory.records.set(slotOf(memory, 40), TIMER, memory.records.get(slotOf(memory, 41), TIMER)),
  'a database': (memory) =>
    memory.records.set(slotOf(memory, 3), META, memory.records.get(slotOf(memory, 3), META) ^ (7 << 17)),
  'a count': (memory) => memory.tally.added(slotOf(memory, 3), 2),
  'a count of expiring entries': (memory) => memory.tally.expiryAdded(1, 1),
  'a count of records': (memory) => void memory.records.used++,
  'a free record listed as used': (memory) => void memory.records.allocate(),
};

it.each(Object.keys(CORRUPTIONS))('the audit sees %s broken', (what) => {
  const memory = furnished();
  expect(keyOf(memory, slotOf(memory, 3))).toBe('k3');
  CORRUPTIONS[what]!(memory);
  expect(() => memory.audit()).toThrow(BrokenInvariant);
});
