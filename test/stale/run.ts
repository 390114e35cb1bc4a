import { abilitiesOf, kindsFor } from './abilities';
import { INVARIANTS, type Invariant } from './book';
import { Checker, type Tally } from './checker';
import type { Connection } from './connection';
import { type FaultName, Faults } from './faults';
import { LOADED_KINDS, type Scale, SOFT_TTL_MS_MIN } from './key-space';
import { sleep } from './origin';
import { Popularity, Reader } from './readers';
import type { Subject } from './subject';
import { Writer } from './writers';

export interface CheckOptions {
  seconds: number;
  seed: number;
  /** Connections that read. */
  clients: number;
  killEveryMs: number;
  /** Longest delay of an answer of the origin while it is well. */
  originDelayMs: number;
  faults: ReadonlySet<FaultName>;
  scale: Scale;
  /** Less is a violation of I10: a cache that never serves is never stale. */
  hitRateMin: number;
  /** What clients put before every key; '' by default. */
  prefix?: string;
  /** Ends at the first violation. */
  stopsAtFirst?: boolean;
  say(line: string): void;
}

export interface CheckResult {
  seconds: number;
  tally: Tally;
  /** Share of the reads for which a value was there and the origin was not asked. */
  hitRate: number;
  loads: number;
  counts: ReadonlyMap<Invariant, number>;
  violations: readonly { invariant: Invariant; text: string }[];
  faults: Partial<Record<FaultName, number>>;
}

export const DEFAULTS: Omit<CheckOptions, 'seed' | 'say'> = {
  ...{ seconds: 60, clients: 80, killEveryMs: 1_000, originDelayMs: 25, hitRateMin: 0.3 },
  faults: new Set<FaultName>(['kill', 'stop', 'slow', 'fail', 'storm']),
  scale: { groups: 24, perGroup: 4, sources: 24, items: 60 },
};

const WATCH_EVERY_MS = 50;
const WRITERS = 6;
const WRITER_PAUSE_MS = 12;
const LANES = 2;
const BURST = 20;
const SWEEP_CONNECTIONS = 40;
/** Loads of a key beyond what is explained: an answer that was sent in time may be read too late by a starved server. */
const LOADS_SLACK = 2;
const SWEEP_TRIES = 40;

/** Runs clients, writers and faults against the server for a while, then reads every key, kills, and reads it again. */
export async function check(subject: Subject, options: CheckOptions): Promise<CheckResult> {
  const { seconds, clients, faults: wanted, killEveryMs, say } = options;
  const abilities = await abilitiesOf(await subject.start('http://127.0.0.1:1'));
  await subject.kill();
  const { kinds, leftOut } = kindsFor(abilities);
  for (const line of leftOut) say(line);
  const checker = new Checker(options.scale, kinds, abilities, seeded(options.seed), options.prefix);
  await checker.openOrigin(options.originDelayMs);
  const isOver = () => options.stopsAtFirst === true && checker.book.counts.size > 0;
  const watching = setInterval(() => {
    checker.watch();
    if (isOver()) checker.over = true;
  }, WATCH_EVERY_MS);
  try {
    await checker.start(subject);
    const startedMs = performance.now();
    const popularity = new Popularity(checker);
    const faults = new Faults(checker, subject, popularity, wanted, killEveryMs);
    const working = [
      ...Array.from({ length: clients }, (_, n) => new Reader(checker, popularity, LANES, 1 + (n % BURST)).run()),
      ...Array.from({ length: WRITERS }, (_, n) => writer(checker, popularity, n).run()),
      faults.run(),
    ];
    const timer = setTimeout(() => {
      checker.over = true;
    }, seconds * 1000);
    await Promise.all(working).finally(() => clearTimeout(timer));
    checker.origin.mood = checker.origin.well;
    if (!isOver()) await sweep(checker);
    if (wanted.has('kill') && !isOver()) {
      await checker.killAndStart(subject);
      await sweep(checker);
    }
    const elapsedMs = performance.now() - startedMs;
    if (!checker.book.hadDiskFault) judgeLoads(checker, elapsedMs);
    return resultOf(checker, faults, elapsedMs, options.hitRateMin);
  } finally {
    checker.over = true;
    clearInterval(watching);
    for (const connection of checker.connections) connection.close();
    await checker.origin.close();
  }
}

function writer(checker: Checker, popularity: Popularity, n: number): Writer {
  // One in three writes what is read most; the others anything.
  const any = () => checker.below(checker.book.space.keys.length);
  return new Writer(checker, n % 3 === 0 ? () => popularity.draw() : any, WRITER_PAUSE_MS, 4);
}

/** Reads every key while nobody writes; what the origin has must be there. */
async function sweep(checker: Checker): Promise<void> {
  const { book } = checker;
  let left = book.space.keys.map((_, key) => key);
  for (let tries = 0; left.length > 0; tries++) {
    if (tries > 0) await sleep(100);
    const again: number[] = [];
    const readEach = async (connection: Connection) => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) {
        const value = await checker.read(connection, key);
        if (value === null && LOADED_KINDS.has(book.space.keys[key]!.kind)) again.push(key);
      }
      connection.close();
    };
    const connections = Array.from({ length: SWEEP_CONNECTIONS }, () => checker.connect());
    await Promise.all(connections.map((connection) => connection.then(readEach)));
    left = again;
    if (tries < SWEEP_TRIES) continue;
    for (const key of left) book.violate('I10', key, 'is not loaded though nobody writes and the origin is well');
    return;
  }
}

/** Each key's loads against the reasons there were for one. */
function judgeLoads(checker: Checker, elapsedMs: number): void {
  const { book, origin } = checker;
  book.space.keys.forEach(({ kind }, key) => {
    const expiries = kind === 'soft' ? Math.ceil(elapsedMs / SOFT_TTL_MS_MIN) : 0;
    const reasons = 1 + book.writesOf[key]! + origin.failed[key]! + book.kills + expiries;
    if (origin.asked[key]! <= reasons + LOADS_SLACK) return;
    const why = `${book.writesOf[key]} writes, ${origin.failed[key]} failed loads, ${book.kills} kills, ${expiries} expiries`;
    book.violate('I11', key, `loaded ${origin.asked[key]} times where there were ${reasons} reasons (${why})`);
  });
}

function resultOf(checker: Checker, faults: Faults, elapsedMs: number, hitRateMin: number): CheckResult {
  const { book, tally, origin } = checker;
  const { loads } = origin;
  const hitRate = Math.max(0, tally.reads - tally.misses - tally.loadErrors - tally.errors - loads) / tally.reads;
  if (!(hitRate >= hitRateMin))
    book.violate('I10', -1, `hit rate ${hitRate.toFixed(3)}, at least ${hitRateMin} is due`);
  return {
    ...{ seconds: elapsedMs / 1000, tally, hitRate, loads, counts: book.counts, violations: book.violations },
    faults: faults.seen,
  };
}

/** mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export const INVARIANT_NAMES = Object.keys(INVARIANTS) as Invariant[];
