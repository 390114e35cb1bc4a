import * as fs from 'node:fs';
import fc from 'fast-check';
import { crc32, crc32Plain } from '../../../src/layers/disk/checksum';
import { Journal } from '../../../src/layers/disk/journal';
import { journalHeader, journalPaths, readJournal, removeJournal } from '../../../src/layers/disk/journal-file';
import { IgnoreOps, OpWriter, readOps } from '../../../src/layers/disk/ops';
import { newHome } from './support';

/** Kills as `id@version`, in the order read. */
class Kills extends IgnoreOps {
  readonly seen: string[] = [];
  override kill(id: number, version: number): void {
    this.seen.push(`${id}@${version}`);
  }
}

function setUp(bytesMax = 168) {
  const ref = { dir: newHome().journalDir, name: 'larder-test-0123456789abcdef' };
  const owner = { dataDir: '/nowhere', pid: 1, startedAt: '', space: '' };
  const headerBytes = journalHeader(ref, 1, owner).length;
  const state = { newest: 1, left: 0, hurried: 0 };
  const barrier = () => {
    const { newest } = state;
    state.left++;
    return () => newest;
  };
  const hurry = () => void state.hurried++;
  const journal = new Journal({ ref, owner, bytesMax: headerBytes + bytesMax, barrier, hurry });
  const kill = (id: number) => {
    journal.records.kill(id, 1);
    return journal.commit();
  };
  const replay = () => {
    const kills = new Kills();
    for (const frame of readJournal(ref) ?? []) readOps(frame, 0, frame.length, kills);
    return kills.seen.map((seen) => Number(seen.split('@')[0]));
  };
  return { ref, headerBytes, state, journal, kill, replay };
}

test('frames come back in order; nothing said costs nothing', () => {
  const { journal, kill, replay } = setUp(10_000);
  const before = journal.bytes;
  expect(journal.commit()).toBeUndefined();
  expect(journal.bytes).toBe(before);
  for (let id = 0; id < 50; id++) expect(kill(id)).toBeUndefined();
  expect(replay()).toEqual(Array.from({ length: 50 }, (_, id) => id));
  journal.close(true);
  expect(replay()).toEqual([]);
});

test('files take turns; one is cleared when the worker has what was before the switch', () => {
  const { state, journal, kill, replay } = setUp();
  let id = 0;
  while (state.left === 0) expect(kill(id++)).toBeUndefined();
  expect(state.hurried).toBe(0);
  const atSwitch = id;
  expect(replay()).toEqual(Array.from({ length: id }, (_, i) => i));
  state.newest = 2;
  journal.batchApplied(1);
  expect(replay()).toEqual([atSwitch - 1]);
  while (state.left === 1) expect(kill(id++)).toBeUndefined();
  expect(replay()).toEqual(Array.from({ length: id - atSwitch + 1 }, (_, i) => atSwitch - 1 + i));
  journal.close(true);
});

test('when both are full a commit waits for the worker, with all that comes meanwhile', async () => {
  const { state, journal, kill, replay } = setUp();
  let id = 0;
  let waiting = kill(id++);
  while (waiting === undefined) waiting = kill(id++);
  expect(journal.full).toBe(true);
  const settled: string[] = [];
  void waiting.then(() => settled.push('first'));
  void kill(id++)!.then(() => settled.push('second'));
  await Promise.resolve();
  expect(settled).toEqual([]);
  expect(state.hurried).toBeGreaterThan(0);
  expect(replay()).not.toContain(id - 2);
  state.newest = 9;
  journal.batchApplied(1);
  await waiting;
  await Promise.resolve();
  expect(settled).toEqual(['first', 'second']);
  expect(replay()).toEqual(expect.arrayContaining([id - 2, id - 1]));
  expect(journal.full).toBe(false);
  journal.close(true);
});

test('a file cut anywhere gives the frames that are whole', () => {
  const { ref, headerBytes, journal, kill, replay } = setUp(10_000);
  for (let id = 0; id < 20; id++) kill(id);
  journal.close(false);
  const [path] = journalPaths(ref);
  const whole = fs.readFileSync(path);
  const frameBytes = (whole.length - headerBytes) / 20;
  for (let length = whole.length; length >= headerBytes; length -= 5) {
    fs.writeFileSync(path, whole.subarray(0, length));
    expect(replay()).toHaveLength(Math.floor((length - headerBytes) / frameBytes));
  }
  const flipped = Buffer.from(whole);
  flipped[headerBytes + frameBytes * 7 + 12]! ^= 1;
  fs.writeFileSync(path, flipped);
  expect(replay()).toEqual([0, 1, 2, 3, 4, 5, 6]);
  removeJournal(ref);
  expect(readJournal(ref)).toBeNull();
});

test('every op comes back as it was written', () => {
  const text = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    maxLength: 300,
  });
  const number = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const db = fc.nat({ max: 31 });
  const op = fc.oneof(
    fc.tuple(fc.constant('kill' as const), number, number),
    fc.tuple(fc.constant('tag' as const), text, number),
    fc.tuple(fc.constant('tagForget' as const), text),
    fc.tuple(fc.constant('flush' as const), db, number),
    fc.tuple(fc.constant('edge' as const), fc.boolean(), db, text, text),
    fc.tuple(fc.constant('edgesClear' as const), db),
    fc.tuple(fc.constant('epoch' as const), number),
  );
  fc.assert(
    fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
      const writer = new OpWriter(new ArrayBuffer(8));
      const write = writer as unknown as Record<string, (...values: unknown[]) => void>;
      for (const [name, ...values] of ops) write[name]!(...values);
      const seen: unknown[] = [];
      const plain = (value: unknown) => (Buffer.isBuffer(value) ? value.toString('latin1') : value);
      const visitor = new Proxy(new IgnoreOps(), {
        get:
          (_, name) =>
          (...values: unknown[]) =>
            seen.push([name, ...values.map(plain)]),
      });
      readOps(writer.buf, 0, writer.length, visitor);
      expect(seen).toEqual(ops);
      expect(writer.count).toBe(ops.length);
    }),
  );
});

test('the plain checksum is the native one', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => crc32Plain(bytes) === crc32(bytes)));
  expect(crc32Plain(Buffer.from('123456789'))).toBe(0xcbf43926);
});
