import { bytesOf } from '../../../src/base/bytes';
import { KeyHash } from '../../../src/base/key-hash';
import { MissRatio } from '../../../src/monitoring/miss-ratio/miss-ratio';
import { ReuseStack } from '../../../src/monitoring/miss-ratio/reuse-stack';
import { buildEngine } from '../../engine/build';
import { manualWorld, seededRandom } from '../../support/manual-world';
import { zipf } from '../../support/zipf';

const POINTS = 0.02;

/** An LRU of so many bytes, exactly. */
class Lru {
  hits = 0;
  private bytes = 0;
  private readonly sizes = new Map<number, number>();

  constructor(private readonly bytesMax: number) {}

  get(key: number, size: number): void {
    if (this.sizes.delete(key)) this.hits++;
    else this.bytes += size;
    this.sizes.set(key, size);
    for (const [oldest, its] of this.sizes) {
      if (this.bytes <= this.bytesMax) break;
      this.sizes.delete(oldest);
      this.bytes -= its;
    }
  }
}

function hasher(seed: number): (key: number) => number {
  const hash = KeyHash.ofSeed(seed);
  const buf = Buffer.alloc(4);
  return (key) => {
    buf.writeUInt32LE(key);
    return hash.hash(0, buf, 0, 4) >>> 1;
  };
}

const sizeOf = (key: number) => 100 + ((key * 7919) % 900);

type Workload = (random: () => number) => () => number;
const WORKLOADS: [string, Workload][] = [
  ['Zipf 0.9', (random) => zipf(60_000, 0.9, random)],
  ['Zipf 1.1', (random) => zipf(60_000, 1.1, random)],
  ['even', (random) => () => Math.floor(random() * 40_000)],
  ['Zipf with scans', withScans],
];

/** A third of the GETs walk through keys, over and over. */
function withScans(random: () => number): () => number {
  const hot = zipf(30_000, 1, random);
  let next = 0;
  return () => (random() < 2 / 3 ? hot() : 100_000 + (next++ % 25_000));
}

describe.each(WORKLOADS)('%s', (_name, workload) => {
  test('the curve is within 2 points of an exact LRU', () => {
    for (const seed of [1]) {
      const random = seededRandom(seed);
      const next = workload(random);
      const hash = hasher(seed);
      const ratio = new MissRatio(true, 8_192);
      const sizes = [1e6, 4e6, 8e6, 16e6];
      const exact = sizes.map((bytes) => new Lru(bytes));
      const gets = 150_000;
      for (let i = 0; i < gets; i++) {
        const key = next();
        for (const lru of exact) lru.get(key, sizeOf(key));
        const hashed = hash(key);
        if (hashed < ratio.below) ratio.referenced(hashed, sizeOf(key), 'missed');
      }
      ratio.curve.count(gets);
      expect(ratio.sampledKeys).toBeLessThanOrEqual(8_192);
      for (const [i, bytes] of sizes.entries()) {
        const off = Math.abs(ratio.curve.hitRateAt(bytes) - exact[i]!.hits / gets);
        expect({ seed, bytes, isNear: off <= POINTS, off }).toMatchObject({ isNear: true });
      }
    }
  });
});

test('distances of a stack without sampling are exact, also after renumbering', () => {
  const random = seededRandom(3);
  const stack = new ReuseStack(64);
  const order: [number, number][] = [];
  for (let i = 0; i < 5_000; i++) {
    const key = Math.floor(random() * 60);
    const size = 10 + Math.floor(random() * 90);
    const at = order.findIndex(([each]) => each === key);
    const since = at < 0 ? 0 : order.splice(at, 1) && order.slice(at).reduce((sum, [, bytes]) => sum + bytes, size);
    order.push([key, size]);
    expect(stack.use(key * 1_000_003, size)).toBe(since);
  }
});

test('of more keys than it may hold, those with the lowest hashes stay', () => {
  const random = seededRandom(4);
  const stack = new ReuseStack(100);
  const seen = new Set<number>();
  for (let i = 0; i < 20_000; i++) {
    const hash = Math.floor(random() * 2 ** 31);
    seen.add(hash);
    if (hash < stack.threshold) stack.use(hash, 1);
  }
  const lowest = [...seen].sort((a, b) => a - b).slice(0, 100);
  expect(stack.size).toBe(100);
  expect(stack.threshold).toBe([...seen].sort((a, b) => a - b)[100]);
  for (const hash of lowest) expect(stack.use(hash, 1)).toBeGreaterThan(0);
  expect(stack.memoryBytes).toBeLessThan(20_000);
});

test('a sample that is replaced goes on, and stays bounded', () => {
  const random = seededRandom(5);
  const hash = hasher(5);
  const next = zipf(2_000, 1, random);
  const ratio = new MissRatio(true, 512);
  for (let minute = 0; minute < 3 * 1_440; minute++) {
    for (let i = 0; i < 20; i++) {
      const hashed = hash(next() + (minute < 1_440 ? 1_000_000 * minute : 0));
      if (hashed < ratio.below) ratio.referenced(hashed, 100, 'missed');
    }
    ratio.minute(20);
  }
  expect(ratio.oneOf).toBeLessThan(8);
  expect(ratio.memoryBytes).toBeLessThan(200_000);
  expect(ratio.curve.hitRateAt(1e9)).toBeGreaterThan(0.9);
});

test('it sees the GETs of an engine', () => {
  const world = manualWorld();
  const engine = buildEngine(world, { maxMemoryBytes: 64 * 1024 ** 2 });
  const ratio = new MissRatio(true);
  engine.reading.references = ratio;
  const key = (i: number) => bytesOf(`key:${i}`);
  for (let i = 0; i < 100; i++) engine.set(0, key(i), bytesOf('v'.repeat(100)), {});
  for (let round = 0; round < 10; round++) for (let i = 0; i < 100; i++) engine.get(0, key(i));
  for (let i = 0; i < 100; i++) engine.get(0, bytesOf(`none:${i}`));
  ratio.curve.count(1_100);
  expect(ratio.sampledKeys).toBe(200);
  // The first round tells nothing, the hundred that are not there are misses at any size.
  expect(ratio.curve.hitRateAt(1e6)).toBeCloseTo(0.9, 5);
  expect(ratio.curve.hitRateAt(100 * ratio.meanBytes * 0.4)).toBeCloseTo(0, 5);
  engine.remove(0, key(1));
  engine.get(0, key(1));
  ratio.curve.count(1);
  expect(ratio.curve.hitRateAt(1e6)).toBeCloseTo(900 / 1_001, 5);
  engine.audit();
});
