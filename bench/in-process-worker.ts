import { LRUCache } from 'lru-cache';
import type { InProcessFigures, InProcessPlan } from './in-process';
import { rssBytes } from './processes';
import { randomFrom } from './statistics';

const BATCH = 1_000;
const keyText = (number: number) => `key:${String(number).padStart(12, '0')}`;
/** A string of its own of 100 bytes, as a value read from a socket is: not a slice of another, not shared. */
const textOf = (number: number) => Buffer.alloc(100, String(number)).toString('latin1');

interface Cache {
  get(key: string): unknown;
  set(key: string, value: string): unknown;
}

function lruCacheMemory(entries: number): InProcessFigures {
  const collect = globalThis.gc ?? (() => {});
  const cache = new LRUCache<string, string>({ max: entries * 2 });
  collect();
  const before = rssBytes(process.pid);
  for (let i = 0; i < entries; i++) cache.set(keyText(i), textOf(i));
  collect();
  return { bytesPerEntry: (rssBytes(process.pid) - before) / cache.size };
}

async function perSecond(seconds: number, once: () => unknown): Promise<number> {
  const startedMs = performance.now();
  let times = 0;
  while (performance.now() - startedMs < seconds * 1000) {
    for (let i = 0; i < BATCH; i++) {
      const result = once();
      if (result instanceof Promise) await result;
    }
    times += BATCH;
  }
  return (times * 1000) / (performance.now() - startedMs);
}

async function speed(cache: Cache, entries: number, seconds: number): Promise<InProcessFigures> {
  const keys = Array.from({ length: entries }, (_, i) => keyText(i));
  const value = textOf(1);
  for (const key of keys) await cache.set(key, value);
  const draw = randomFrom(1);
  const key = () => keys[draw() % entries]!;
  const getsPerSecond = await perSecond(seconds, () => cache.get(key()));
  const setsPerSecond = await perSecond(seconds, () => cache.set(key(), value));
  return { getsPerSecond, setsPerSecond };
}

async function bentocache(entries: number): Promise<Cache> {
  const { BentoCache, bentostore } = await import('bentocache');
  const { memoryDriver } = await import('bentocache/drivers/memory');
  const store = bentostore().useL1Layer(memoryDriver({ maxItems: entries * 2 }));
  const bento = new BentoCache({ default: 'memory', stores: { memory: store } });
  return { get: (key) => bento.get({ key }), set: (key, value) => bento.set({ key, value }) };
}

process.once('message', async ({ measure, entries, seconds = 1 }: InProcessPlan) => {
  if (measure === 'lru-cache-memory') process.send?.(lruCacheMemory(entries));
  else {
    const cache =
      measure === 'lru-cache-speed' ? new LRUCache<string, string>({ max: entries * 2 }) : await bentocache(entries);
    process.send?.(await speed(cache, entries, seconds));
  }
  process.disconnect();
});
