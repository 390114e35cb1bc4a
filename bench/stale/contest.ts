import { Book } from '../../test/stale/book';
import { KeySpace } from '../../test/stale/key-space';
import { Origin, sleep } from '../../test/stale/origin';
import { randomFrom } from '../statistics';
import type { Arena, Contestant, Entrant } from './contestant';

export interface Contest {
  seed: number;
  seconds: number;
}

export interface Outcome {
  name: string;
  label: string;
  reads: number;
  old: number;
  /** Values that nobody wrote. */
  invented: number;
  /** Reads that the origin was not asked for. */
  hitRate: number;
  invalidations: number;
}

const GROUPS = 100;
const KEYS_PER_GROUP = 10;
const READERS = 48;
const WRITERS = 4;
const READER_PAUSE_MS = 4;
const WRITER_PAUSE_MS = 16;

/** Ranks by popularity: the square of a uniform number favours the first. */
const popular = (uniform: number, count: number) => Math.floor(uniform * uniform * count);

/**
 * One contestant against the checker's book: readers read what is popular, writers write all rows of a group, invalidate
 * its tag, and read one of its keys once that is done. A string says why it does not take part.
 */
export async function contest(entrant: Entrant, { seed, seconds }: Contest): Promise<Outcome | string> {
  const scale = { groups: GROUPS, perGroup: KEYS_PER_GROUP, sources: 0, items: 0 };
  const book = new Book(new KeySpace(scale, new Set(['load'])), () => performance.now());
  const draw = randomFrom(seed);
  const origin = await Origin.open(book, () => draw() / 2 ** 32);
  let reads = 0;
  const arena: Arena = {
    ...{ book, lanes: READERS + WRITERS, originUrl: origin.url },
    read: (name) => {
      reads++;
      return origin.read(book.space.indexOf(name));
    },
    tagOf: (name) => `g:${name.split(':')[1]}`,
  };
  const contestant = await entrant.enter(arena);
  try {
    if (typeof contestant === 'string') return contestant;
    const tally = await play(contestant, arena, { seed, seconds });
    const asked = reads + origin.loads;
    const old = (book.counts.get('I1') ?? 0) + (book.counts.get('I4') ?? 0);
    const outcome = { old, invented: book.counts.get('I2') ?? 0, hitRate: 1 - asked / tally.reads };
    return { name: entrant.name, label: contestant.label, ...tally, ...outcome };
  } finally {
    if (typeof contestant !== 'string') await contestant.close();
    await origin.close();
  }
}

async function play(contestant: Contestant, { book }: Arena, { seed, seconds }: Contest) {
  const tally = { reads: 0, invalidations: 0 };
  const { keys } = book.space;
  const untilMs = performance.now() + seconds * 1000;
  const read = async (key: number, lane: number) => {
    const floor = book.floorOf(key);
    const sentMs = performance.now();
    const value = await contestant.get(keys[key]!.name, lane);
    tally.reads++;
    if (value !== null) book.judge(key, floor, sentMs, value, 'read');
  };
  const reader = async (lane: number) => {
    const draw = randomFrom(seed + lane);
    while (performance.now() < untilMs) {
      await read(popular(draw() / 2 ** 32, keys.length), lane);
      await sleep((draw() / 2 ** 32) * READER_PAUSE_MS);
    }
  };
  const writer = async (lane: number) => {
    const draw = randomFrom(seed + lane);
    while (performance.now() < untilMs) {
      const group = popular(draw() / 2 ** 32, GROUPS);
      const tag = `g:${group}`;
      const reached = book.space.tagged(tag);
      const write = book.begin('invalidation', reached, []);
      await contestant.invalidate(tag, lane);
      book.acknowledged(write);
      tally.invalidations++;
      await read(reached[draw() % reached.length]!, lane);
      await sleep((draw() / 2 ** 32) * WRITER_PAUSE_MS);
    }
  };
  const readers = Array.from({ length: READERS }, (_, lane) => reader(lane));
  const writers = Array.from({ length: WRITERS }, (_, n) => writer(READERS + n));
  await Promise.all([...readers, ...writers]);
  return tally;
}
