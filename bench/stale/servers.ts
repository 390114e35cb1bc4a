import { execFileSync } from 'node:child_process';
import { LarderSubject } from '../../test/stale/subject';
import { Client, type Reply } from '../client';
import { Server, TARGETS } from '../servers';
import type { Arena, Contestant, Entrant } from './contestant';

const TTL_SECONDS = 600;
const LEASE_WAIT_MS = 1_000;
const LEASE_TTL_MS = 5_000;

const connectAll = (port: number, lanes: number) => Promise.all(Array.from({ length: lanes }, () => Client.open(port)));

/** A tag is a set of keys; an invalidation deletes its members and the set. */
const redis: Entrant = {
  name: 'redis-server',
  async enter(arena) {
    const server = await Server.start(TARGETS.redis, { disk: false });
    const clients = await connectAll(server.port, arena.lanes);
    const version = /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1] ?? '?';
    return {
      label: `redis-server ${version}, GET, SET and SADD in MULTI; SMEMBERS, DEL`,
      async get(key, lane) {
        const client = clients[lane]!;
        const found = await client.call('GET', key);
        if (found !== null) return String(found);
        const value = await arena.read(key);
        const tag = `tag:${arena.tagOf(key)}`;
        await client.pipeline([['MULTI'], ['SET', key, value, 'EX', TTL_SECONDS], ['SADD', tag, key], ['EXEC']]);
        return value;
      },
      async invalidate(tag, lane) {
        const client = clients[lane]!;
        const members = (await client.call('SMEMBERS', `tag:${tag}`)) as string[];
        await client.call('DEL', `tag:${tag}`, ...members);
      },
      async close() {
        for (const client of clients) client.close();
        await server.remove();
      },
    };
  },
};

async function openLarder(arena: Arena) {
  const subject = new LarderSubject([], false);
  const port = await subject.start(arena.originUrl);
  const clients = await connectAll(port, arena.lanes);
  const invalidate = async (tag: string, lane: number) => void (await clients[lane]!.call('INVALTAG', tag));
  const close = async () => {
    for (const client of clients) client.close();
    await subject.remove();
  };
  return { clients, invalidate, close };
}

/** The server loads: GET, with a loader and tags in its configuration. Disk on. */
const larder: Entrant = {
  name: 'Larder',
  async enter(arena) {
    const { clients, invalidate, close } = await openLarder(arena);
    const get = async (key: string, lane: number) => text(await clients[lane]!.call('GET', key));
    return { label: 'Larder, loader; GET, INVALTAG', get, invalidate, close };
  },
};

/** The clients load: who wins the lease reads the origin and stores. Keys that no template knows. */
const larderLeases: Entrant = {
  name: 'Larder, leases',
  async enter(arena) {
    const { clients, invalidate, close } = await openLarder(arena);
    const [known] = (await clients[0]!.call('COMMAND', 'INFO', 'LEASE')) as Reply[];
    if (known === null || known === undefined) {
      await close();
      return 'leases: this Larder has no LEASE';
    }
    const fill = async (key: string, token: string, lane: number) => {
      const value = await arena.read(key);
      const tags = ['TAGS', arena.tagOf(key)];
      await clients[lane]!.call('TAGSET', `l:${key}`, value, 'EX', TTL_SECONDS, 'LEASE', token, ...tags);
      return value;
    };
    const get: Contestant['get'] = async (key, lane) => {
      const lease = ['LEASE', `l:${key}`, 'TTL', LEASE_TTL_MS, 'WAIT', LEASE_WAIT_MS];
      const [state, value, token] = (await clients[lane]!.call(...lease)) as Reply[];
      if (state === 'won') return fill(key, String(token), lane);
      return text(value ?? null);
    };
    return { label: 'Larder, LEASE; TAGSET, INVALTAG', get, invalidate, close };
  },
};

const text = (reply: Reply) => (reply === null ? null : String(reply));

export const SERVERS: readonly Entrant[] = [larder, larderLeases, redis];
