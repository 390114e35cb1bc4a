import { bytesOf, Span } from '../../../src/base/bytes';
import { MemoryLayer, type MemoryLayerOptions } from '../../../src/layers/memory/memory-layer';
import { ManualClock } from '../../support/manual-world';

/** A repeatable stand-in for chance. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

export interface House {
  memory: MemoryLayer;
  clock: ManualClock;
}

const houses: MemoryLayer[] = [];

/** A memory layer that is audited after the test (`auditAll` in afterEach). */
export function newMemory(options: Partial<MemoryLayerOptions> = {}): House {
  const clock = new ManualClock();
  const memory = new MemoryLayer({
    maxMemoryBytes: 0,
    policy: 'allkeys-lru',
    seed: 42,
    random: seededRandom(7),
    clock,
    ...options,
  });
  houses.push(memory);
  return { memory, clock };
}

/** Audits every layer made since the last call. */
export function auditAll(): void {
  for (const memory of houses.splice(0)) memory.audit();
}

/** For layers that a test broke on purpose. */
export function forgetAll(): void {
  houses.length = 0;
}

export function put(memory: MemoryLayer, key: string, value: string | Buffer = 'v', db = 0): number {
  return memory.put(db, bytesOf(key), bytesOf(value), 0);
}

export function find(memory: MemoryLayer, key: string, db = 0): number {
  return memory.find(db, bytesOf(key));
}

/** A copy of the value, or null if the entry is a stub. */
export function storedValue(memory: MemoryLayer, slot: number): Buffer | null {
  const span = new Span(Buffer.alloc(0));
  return memory.view(slot, span) ? Buffer.from(span.buf.subarray(span.start, span.end)) : null;
}

export function keyOf(memory: MemoryLayer, slot: number): string {
  const { buf, start, end } = memory.keyView(slot, new Span(Buffer.alloc(0)));
  return buf.toString('latin1', start, end);
}
