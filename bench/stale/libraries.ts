import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Arena, Contestant, Entrant } from './contestant';

const TTL_MS = 600_000;
const ENTRIES_MAX = 100_000;

function versionOf(name: string): string {
  for (let dir = __dirname; dir !== dirname(dir); dir = dirname(dir)) {
    const file = join(dir, 'node_modules', name, 'package.json');
    if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')).version as string;
  }
  return '';
}

/** A library in this process, entered if it is installed. */
function library(name: string, how: string, enter: (arena: Arena) => Promise<Omit<Contestant, 'label'>>): Entrant {
  return {
    name,
    async enter(arena) {
      const version = versionOf(name);
      if (version === '') return `${name} is not installed`;
      return { label: `${name} ${version}, ${how}`, ...(await enter(arena)) };
    },
  };
}

const bentocache = library('bentocache', 'memory; getOrSet with tags, deleteByTag', async (arena) => {
  const { BentoCache, bentostore } = await import('bentocache');
  const { memoryDriver } = await import('bentocache/drivers/memory');
  const store = bentostore().useL1Layer(memoryDriver({ maxItems: ENTRIES_MAX }));
  const bento = new BentoCache({ default: 'memory', stores: { memory: store } });
  return {
    get: (key) =>
      bento.getOrSet({ key, ttl: TTL_MS, tags: [arena.tagOf(key)], factory: () => arena.read(key) }) as Promise<string>,
    invalidate: async (tag) => void (await bento.deleteByTag({ tags: [tag] })),
    close: () => bento.disconnectAll(),
  };
});

const cacheable = library('cacheable', 'memory; get, set with tags, tags.invalidateTag', async (arena) => {
  const { Cacheable } = await import('cacheable');
  const cache = new Cacheable({ tags: true });
  // Its getOrSet takes no tags, so a value is set with them as its documentation of tags shows.
  const load = async (key: string) => {
    const value = await arena.read(key);
    await cache.set(key, value, { ttl: TTL_MS, tags: [arena.tagOf(key)] });
    return value;
  };
  return {
    get: async (key) => (await cache.get<string>(key)) ?? (await load(key)),
    invalidate: async (tag) => void (await cache.tags.invalidateTag(tag)),
    close: () => cache.disconnect(),
  };
});

const cacheManager = library('cache-manager', 'memory; wrap, mdel of the keys (it has no tags)', async (arena) => {
  const { createCache } = await import('cache-manager');
  const cache = createCache({ ttl: TTL_MS });
  const keysOf = (tag: string) => arena.book.space.tagged(tag).map((key) => arena.book.space.keys[key]!.name);
  return {
    get: (key) => cache.wrap(key, () => arena.read(key)),
    invalidate: async (tag) => void (await cache.mdel(keysOf(tag))),
    close: async () => void (await cache.disconnect()),
  };
});

const asyncCacheDedupe = library('async-cache-dedupe', 'memory; references, invalidateAll', async (arena) => {
  const { createCache } = await import('async-cache-dedupe');
  const cache = createCache({
    ttl: TTL_MS / 1000,
    storage: { type: 'memory', options: { size: ENTRIES_MAX, invalidation: true } },
  }).define('read', { references: (key: string) => [arena.tagOf(key)] }, (key: string) => arena.read(key));
  return {
    get: (key) => cache.read(key),
    invalidate: async (tag) => void (await cache.invalidateAll(tag)),
    close: () => Promise.resolve(),
  };
});

export const LIBRARIES: readonly Entrant[] = [bentocache, cacheable, cacheManager, asyncCacheDedupe];
