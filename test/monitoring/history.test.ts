import fc from 'fast-check';
import { LOSSES } from '../../src/engine/counters';
import type { MinuteRow, Percentiles } from '../../src/monitoring/api';
import { HISTORY_HOURS_MAX, History, type NoteStore } from '../../src/monitoring/history/history';
import { HourWriter, rowsIn } from '../../src/monitoring/history/minute-codec';
import { DiskHouse } from '../engine/disk-house';
import { SILENT_LOG } from '../support/manual-world';
import { observed } from './sources';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const count = fc.nat(2 ** 40);
/** Whole microseconds, as they are kept. */
const ms = fc.nat(2 ** 30).map((us) => us / 1000);
const percentiles: fc.Arbitrary<Percentiles> = fc
  .record({ count: fc.integer({ min: 1, max: 2 ** 40 }), meanMs: ms, p50Ms: ms, p95Ms: ms, p99Ms: ms, maxMs: ms })
  .map((of) => of);
const template = fc.record({
  template: fc.string({ unit: 'binary', maxLength: 40 }),
  hits: count,
  staleHits: count,
  misses: count,
  missesInvalidated: count,
  missesEvicted: count,
  missesExpired: count,
  loads: count,
  loadFailures: count,
  loadMs: ms,
  evicted: count,
  savedMs: ms,
});
const row: fc.Arbitrary<MinuteRow> = fc.record({
  atMs: fc.nat(2 ** 41),
  seconds: ms,
  ...{ commands: count, gets: count, memoryHits: count, diskHits: count, staleHits: count, sets: count },
  ...{ expired: count, evicted: count, evictedAskedAgain: count, invalidations: count, invalidatedEntries: count },
  ...{ loads: count, loadFailures: count, loadMs: ms, errorReplies: count, diskErrors: count, savedCalls: count },
  ...{ savedMs: ms, netInputBytes: count, netOutputBytes: count, clients: count, entries: count, usedBytes: count },
  ...{ rssBytes: count, diskBytes: count, latency: percentiles, memoryLatency: percentiles, diskLatency: percentiles },
  ...{ originLatency: percentiles, eventLoop: percentiles },
  misses: fc.tuple(...LOSSES.map(() => count)).map((counts) => {
    return Object.fromEntries(LOSSES.map((loss, i) => [loss, counts[i]!])) as MinuteRow['misses'];
  }),
  templates: fc.array(template, { maxLength: 4 }),
}) as fc.Arbitrary<MinuteRow>;

test('rows are read as they were written', () => {
  fc.assert(
    fc.property(fc.array(row, { maxLength: 5 }), (rows) => {
      expect(rowsIn(new HourWriter(rows).bytes)).toEqual(rows);
    }),
    { numRuns: 50 },
  );
});

test('of damaged bytes the rows before the damage are read, and nothing is thrown', () => {
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 4 }), fc.nat(), (rows, at) => {
      const { bytes } = new HourWriter(rows);
      const cut = rowsIn(Buffer.from(bytes.subarray(0, at % bytes.length)));
      expect(cut).toEqual(rows.slice(0, cut.length));
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      rowsIn(Buffer.from(bytes));
    }),
  );
});

/** Notes that are kept by nobody but the test. */
class Notes implements NoteStore {
  readonly kept = new Map<string, Buffer>();
  resets = 0;
  saveNote(name: string, value: Buffer): boolean {
    this.kept.set(name, value);
    return true;
  }
  deleteNote(name: string): void {
    this.kept.delete(name);
  }
  async loadNotes(prefix: string, each: (name: string, value: Buffer) => void): Promise<void> {
    for (const [name, value] of [...this.kept].sort()) if (name.startsWith(prefix)) each(name, value);
  }
  stats() {
    return { resets: this.resets } as ReturnType<NoteStore['stats']>;
  }
}

const [SAMPLE] = fc.sample(row, { numRuns: 1, seed: 5 });
const at = (atMs: number): MinuteRow => ({ ...SAMPLE!, atMs });

test('30 days are kept, a day of them in memory', async () => {
  const notes = new Notes();
  const history = new History(() => notes, SILENT_LOG);
  const hours = HISTORY_HOURS_MAX + 50;
  await history.open(0);
  for (let hour = 0; hour < hours; hour++) history.add(at(hour * HOUR));
  expect(notes.kept.size).toBe(HISTORY_HOURS_MAX);
  expect((await history.between(0, hours * HOUR)).length).toBe(HISTORY_HOURS_MAX);
  expect((await history.between(100 * HOUR, 102 * HOUR)).map(({ atMs }) => atMs / HOUR)).toEqual([100, 101]);
  expect(history.recent().map(({ atMs }) => atMs / HOUR)).toEqual(Array.from({ length: 25 }, (_, i) => hours - 25 + i));
  expect(history.recent(2).map(({ atMs }) => atMs / HOUR)).toEqual([hours - 2, hours - 1]);
});

test('minutes that end while the old ones are read come after them', async () => {
  const notes = new Notes();
  const before = new History(() => notes, SILENT_LOG);
  await before.open(0);
  before.add(at(0));
  const history = new History(() => notes, SILENT_LOG);
  const opening = history.open(2 * MINUTE);
  history.add(at(MINUTE));
  await opening;
  history.add(at(2 * MINUTE));
  const minutes = (rows: MinuteRow[]) => rows.map(({ atMs }) => atMs / MINUTE);
  expect(minutes(history.recent())).toEqual([0, 1, 2]);
  expect(minutes(rowsIn([...notes.kept.values()][0]!))).toEqual([0, 1, 2]);
});

test('a new file is told everything again', async () => {
  const notes = new Notes();
  const history = new History(() => notes, SILENT_LOG);
  await history.open(0);
  for (let hour = 0; hour < 3; hour++) history.add(at(hour * HOUR));
  notes.kept.clear();
  notes.resets++;
  history.add(at(3 * HOUR));
  expect(notes.kept.size).toBe(4);
});

test('without a disk layer a day is known', async () => {
  const history = new History(() => null, SILENT_LOG);
  await history.open(0);
  for (let minute = 0; minute < 30 * 60; minute++) history.add(at(minute * MINUTE));
  expect(history.recent()).toHaveLength(24 * 60);
  expect(history.recent().at(-1)).toMatchObject({ atMs: (30 * 60 - 1) * MINUTE });
});

test('minutes survive kill -9 but for the last', async () => {
  const house = new DiskHouse(1);
  try {
    await house.open();
    const first = watching(house);
    await house.settled(first.history.open(house.world.clock.now));
    first.measuring.start();
    for (let minute = 0; minute < 3; minute++) {
      house.world.clock.now += MINUTE - 10_000;
      house.world.scheduler.advance(10_000);
    }
    const rows = first.measuring.recentMinutes();
    expect(rows).toHaveLength(3);
    await house.written();
    first.measuring.stop();
    await house.kill();
    house.world.scheduler.clear();
    await house.open();
    const second = watching(house);
    await house.settled(second.history.open(house.world.clock.now));
    expect(second.measuring.recentMinutes()).toEqual(rows);
    const { atMs } = rows[1]!;
    expect(await house.settled(second.measuring.minutes(atMs, atMs + MINUTE))).toEqual([rows[1]]);
    await house.stop();
  } finally {
    house.remove();
  }
});

function watching(house: DiskHouse) {
  return observed({ world: house.world, engine: () => house.engine, store: () => house.engine.core.disk });
}
