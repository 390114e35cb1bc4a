import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Learned, nameOfKey } from '../../../src/warming/learning/learned';
import { FILE_BYTES_MAX, HEADER_BYTES, LearnedFile } from '../../../src/warming/learning/learned-file';
import { seededRandom } from '../../support/manual-world';

const NOW = 1_700_000_000_000;
const LIMITS = { keysMax: 1000, usersMax: 100, halfLifeMs: 3_600_000 };

let dir: string;
let file: LearnedFile;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'larder-learned-'));
  file = new LearnedFile(join(dir, 'larder.learned'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** Some of everything, with bytes that are no text. */
function learnt(): Learned {
  const learned = new Learned(LIMITS);
  for (let i = 0; i < 300; i++) {
    const name = nameOfKey(i % 16, `k\x00\xff:${i}`);
    learned.recent.add(name, i + 1, NOW);
    learned.hours.add(name, i + 1, NOW);
  }
  const template = learned.templateOf('page:{user}:{tab}')!;
  template.profile.add(5, NOW);
  template.popular.add('news', 3, NOW);
  learned.transitions.starts.add('home:{user}');
  learned.transitions.note('home:{user}', 'page:{user}:{tab}');
  const user = learned.users.note('ada', nameOfKey(0, 'home:ada'), 2)!;
  user.lastTemplate = 'home:{user}';
  user.lastAtMs = NOW - 5;
  learned.capacities = [{ name: 'große', perSecond: 8, usualMs: 2 }];
  learned.users.note('bob', nameOfKey(0, 'home:bob'), 1);
  return learned;
}

async function save(learned: Learned): Promise<number> {
  const work = file.encode(learned, NOW);
  for (;;) {
    const step = work.next();
    if (step.done === true) return file.write(step.value);
  }
}

const counts = (learned: Learned) =>
  Array.from({ length: learned.recent.size }, (_, item) => [
    learned.recent.nameOf(item),
    learned.recent.countOf(item, NOW),
  ]);

test('what is written is read again, and nobody else may read it', async () => {
  const before = learnt();
  expect(await save(before)).toBe(statSync(file.path).size);
  expect(statSync(file.path).mode & 0o777).toBe(0o600);
  expect(existsSync(`${file.path}.next`)).toBe(false);
  const after = new Learned(LIMITS);
  // Time during which the process was down does not count.
  expect(await file.read(after, NOW + 50 * 3_600_000)).toEqual({ kind: 'read' });
  const later = NOW + 50 * 3_600_000;
  expect(after.recent.size).toBe(300);
  for (const [name, count] of counts(before)) {
    expect(after.recent.countOf(after.recent.itemOf(name as string), later)).toBeCloseTo(count as number);
  }
  expect(after.hours.size).toBe(before.hours.size);
  const template = after.templates.get('page:{user}:{tab}')!;
  expect([...template.profile.uses]).toEqual([...before.templates.get('page:{user}:{tab}')!.profile.uses]);
  expect(template.popular.nameOf(0)).toBe('news');
  expect(after.transitions.likelihood('page:{user}:{tab}', 'home:{user}')).toBe(1);
  expect(after.transitions.starts.shareOf('home:{user}')).toBe(1);
  expect(after.capacities).toEqual(before.capacities);
  expect(after.users.get('ada')).toEqual(before.users.get('ada'));
  expect([...after.users.all()].map(([id]) => id)).toEqual(['ada', 'bob']);
});

test('smaller limits keep the most used', async () => {
  await save(learnt());
  const after = new Learned({ ...LIMITS, keysMax: 10 });
  expect(await file.read(after, NOW)).toEqual({ kind: 'read' });
  expect(after.recent.size).toBe(10);
  expect(after.recent.itemOf(nameOfKey(299 % 16, 'k\x00\xff:299'))).toBeGreaterThanOrEqual(0);
});

test('no file is no news', async () => {
  expect(await file.read(new Learned(LIMITS), NOW)).toEqual({ kind: 'missing' });
});

describe('a file that is not what it should be is left out', () => {
  /** With a right hash, so that only what it says is wrong. */
  const signed = (payload: Buffer) =>
    Buffer.concat([Buffer.from('LARDLRN\x01', 'latin1'), createHash('sha256').update(payload).digest(), payload]);
  const doubled = (bytes: Buffer) => signed(Buffer.concat([bytes.subarray(HEADER_BYTES), Buffer.from('x')]));

  test.each<[string, (bytes: Buffer) => Buffer, RegExp]>([
    ['empty', () => Buffer.alloc(0), /too early/],
    ['cut', (bytes) => bytes.subarray(0, bytes.length - 7), /damaged/],
    [
      'of another format',
      (bytes) => Buffer.concat([bytes.subarray(0, 7), Buffer.from([9]), bytes.subarray(8)]),
      /format 9/,
    ],
    ['something else', () => Buffer.alloc(5000, 'SQLite'), /not a file/],
    ['longer than it says', doubled, /more than it says/],
    ['signed, and cut', (bytes) => signed(bytes.subarray(HEADER_BYTES, -20)), /too early/],
    ['signed, with endless lists', () => signed(Buffer.alloc(4096, 0xff)), /no number|too long/],
    [
      'signed, with a list of four billion',
      () => signed(Buffer.concat([Buffer.alloc(8), Buffer.alloc(64, 0xfe)])),
      /too long/,
    ],
  ])('%s', async (_, harm, reason) => {
    await save(learnt());
    writeFileSync(file.path, harm(readFileSync(file.path)));
    const after = new Learned(LIMITS);
    expect(await file.read(after, NOW)).toEqual({ kind: 'ignored', reason: expect.stringMatching(reason) });
    expect([after.recent.size, after.hours.size, after.users.size, after.templates.size]).toEqual([0, 0, 0, 0]);
  });

  test('huge: it is not even read', async () => {
    writeFileSync(file.path, '');
    truncateSync(file.path, FILE_BYTES_MAX + 1);
    expect(await file.read(new Learned(LIMITS), NOW)).toMatchObject({
      kind: 'ignored',
      reason: expect.stringContaining('larger'),
    });
  });

  test('a link, or a directory', async () => {
    await save(learnt());
    const link = new LearnedFile(join(dir, 'link'));
    symlinkSync(file.path, link.path);
    expect(await link.read(new Learned(LIMITS), NOW)).toMatchObject({ kind: 'ignored' });
    expect(await new LearnedFile(dir).read(new Learned(LIMITS), NOW)).toMatchObject({
      kind: 'ignored',
      reason: 'not a regular file',
    });
  });

  test('with any bit turned', async () => {
    await save(learnt());
    const bytes = readFileSync(file.path);
    const random = seededRandom(3);
    for (let i = 0; i < 200; i++) {
      const turned = Buffer.from(bytes);
      turned[Math.floor(random() * bytes.length)]! ^= 1 << Math.floor(random() * 8);
      writeFileSync(file.path, turned);
      const after = new Learned(LIMITS);
      expect(await file.read(after, NOW)).toMatchObject({ kind: 'ignored' });
      expect(after.recent.size).toBe(0);
    }
  });

  test('signed, and any bytes: nothing is thrown', async () => {
    await save(learnt());
    const payload = readFileSync(file.path).subarray(HEADER_BYTES);
    const random = seededRandom(5);
    for (let i = 0; i < 200; i++) {
      const turned = Buffer.from(payload);
      for (let n = 0; n < 3; n++) turned[Math.floor(random() * turned.length)] = Math.floor(random() * 256);
      writeFileSync(file.path, signed(turned));
      const { kind } = await file.read(new Learned(LIMITS), NOW);
      expect(['read', 'ignored']).toContain(kind);
    }
  });
});

test('a write that fails leaves what was there', async () => {
  await save(learnt());
  const bytes = readFileSync(file.path);
  await expect(file.write([Buffer.alloc(FILE_BYTES_MAX + 1)])).rejects.toThrow('larger');
  expect(readFileSync(file.path).equals(bytes)).toBe(true);
});
