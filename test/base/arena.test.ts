import fc from 'fast-check';
import { Arena, HEADER_BYTES, UNIT_BITS, UNIT_MASK } from '../../src/base/offheap/arena';
import {
  BLOCK_BYTES_MAX,
  CLASS_COUNT,
  CLASS_UNITS,
  classOfUnits,
  roundUp,
  unitsFor,
} from '../../src/base/offheap/size-classes';

const PAGE_BYTES = 1 << 20;

/** Blocks as their owners see them: each full of its own pattern. */
class Owners {
  readonly refs = new Map<number, { ref: number; bytes: number; salt: number }>();
  private last = 0;

  constructor(readonly arena: Arena) {}

  allocate(bytes: number): number {
    const owner = ++this.last;
    const ref = this.arena.allocate(bytes, owner);
    this.refs.set(owner, { ref, bytes, salt: owner & 255 });
    this.run(owner).fill(owner & 255);
    return owner;
  }

  free(owner: number): void {
    this.arena.free(this.refs.get(owner)!.ref);
    this.refs.delete(owner);
  }

  readonly moved = (owner: number, ref: number): void => {
    this.refs.get(owner)!.ref = ref;
  };

  /** Every block still holds its pattern, and the arena knows exactly these. */
  check(): void {
    let usedBytes = 0;
    for (const [owner, { ref, bytes, salt }] of this.refs) {
      const whole = this.run(owner).every((byte) => byte === salt);
      const known = this.arena.ownerOf(ref) === owner && this.arena.bytesOf(ref) === roundUp(bytes + HEADER_BYTES);
      if (!whole || !known) throw new Error(`block of ${owner} is not what it was`);
      usedBytes += this.arena.bytesOf(ref);
    }
    const seen = new Set<number>();
    this.arena.audit((owner, ref) => {
      if (this.refs.get(owner)?.ref !== ref) throw new Error(`block of ${owner} is elsewhere`);
      seen.add(owner);
    });
    expect(seen.size).toBe(this.refs.size);
    expect(this.arena.usedBytes).toBe(usedBytes);
  }

  private run(owner: number): Buffer {
    const { ref, bytes } = this.refs.get(owner)!;
    const start = ((ref & UNIT_MASK) << 3) + HEADER_BYTES;
    return this.arena.buffers[ref >>> UNIT_BITS]!.subarray(start, start + bytes);
  }
}

it('rounds sizes up, by at most an eighth above 128 bytes', () => {
  for (let bytes = 1; bytes <= BLOCK_BYTES_MAX; bytes += bytes < 2000 ? 1 : 97) {
    const units = CLASS_UNITS[classOfUnits(unitsFor(bytes))]!;
    expect(units * 8).toBeGreaterThanOrEqual(bytes);
    expect(units * 8).toBeLessThan(bytes <= 128 ? bytes + 8 : bytes * 1.125 + 8);
  }
  expect(CLASS_UNITS[CLASS_COUNT - 1]! * 8).toBe(BLOCK_BYTES_MAX);
  for (let cls = 1; cls < CLASS_COUNT; cls++) expect(CLASS_UNITS[cls]!).toBeGreaterThan(CLASS_UNITS[cls - 1]!);
});

it('never lets two blocks overlap, and counts them right, under any sequence', () => {
  const size = fc.oneof(fc.nat(140), fc.nat(3000), fc.integer({ min: 60_000, max: BLOCK_BYTES_MAX - HEADER_BYTES }));
  const step = fc.record({ op: fc.constantFrom('allocate', 'allocate', 'free', 'compact'), size, pick: fc.nat() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const owners = new Owners(new Arena());
      for (const { op, size, pick } of steps) {
        const live = [...owners.refs.keys()];
        if (op === 'allocate') owners.allocate(size);
        else if (op === 'compact') {
          owners.arena.startCompaction();
          owners.arena.compact(pick % 40, owners.moved);
        } else if (live.length > 0) owners.free(live[pick % live.length]!);
      }
      owners.check();
    }),
    { numRuns: 100, seed: 4 },
  );
});

it('never names a block 0', () => {
  const arena = new Arena();
  expect(arena.allocate(0, 1)).not.toBe(0);
});

it('reuses a freed block at once and an emptied page for another size', () => {
  const owners = new Owners(new Arena());
  const first = owners.allocate(100);
  const { ref } = owners.refs.get(first)!;
  owners.free(first);
  expect(owners.refs.get(owners.allocate(99))!.ref).toBe(ref);
  const many = Array.from({ length: 20_000 }, () => owners.allocate(100));
  const { touchedBytes } = owners.arena;
  for (const owner of many) owners.free(owner);
  for (let i = 0; i < 200; i++) owners.allocate(8000);
  expect(owners.arena.touchedBytes).toBeLessThan(touchedBytes + PAGE_BYTES);
  owners.check();
});

it('counts as touched only what was', () => {
  const arena = new Arena();
  for (let i = 0; i < 10; i++) arena.allocate(1000 << (i % 5), i + 1);
  expect(arena.touchedBytes).toBe(arena.usedBytes);
  expect(arena.wastedBytes).toBe(0);
});

it('drops pages when far more are empty than in use', () => {
  const owners = new Owners(new Arena());
  const many = Array.from({ length: 60_000 }, () => owners.allocate(1000));
  for (const owner of many) owners.free(owner);
  expect(owners.arena.touchedBytes).toBeLessThan(12 * PAGE_BYTES);
  owners.arena.trim();
  expect(owners.arena.touchedBytes).toBe(0);
  owners.allocate(1000);
  owners.check();
});

it('compacts what is left of a size when others take over, a few blocks at a time', () => {
  const owners = new Owners(new Arena());
  const small = Array.from({ length: 160_000 }, () => owners.allocate(200));
  // Nine of ten go, scattered over all pages; then another size comes, which starts the compaction by itself.
  for (const [i, owner] of small.entries()) if (i % 10 !== 0) owners.free(owner);
  const { touchedBytes } = owners.arena;
  expect(owners.arena.isWasteful).toBe(true);
  let longest = 0;
  for (let i = 0; i < 10_000; i++) {
    owners.allocate(2500);
    let moves = 0;
    owners.arena.compact(64, (owner, ref) => {
      owners.moved(owner, ref);
      moves++;
    });
    longest = Math.max(longest, moves);
  }
  expect(longest).toBeGreaterThan(0);
  expect(longest).toBeLessThanOrEqual(64);
  expect(owners.arena.touchedBytes).toBeLessThan(touchedBytes * 1.1);
  expect(owners.arena.wastedBytes).toBeLessThan(owners.arena.usedBytes / 8);
  owners.check();
});

it('gives up emptying a page when its blocks have no room elsewhere any more', () => {
  const owners = new Owners(new Arena());
  const blocks = Array.from({ length: 3 * 8192 }, () => owners.allocate(124));
  for (const [i, owner] of blocks.entries()) if (i % 2 === 0) owners.free(owner);
  owners.arena.startCompaction();
  owners.arena.compact(100, owners.moved);
  for (let i = 0; i < 2 * 8192; i++) owners.allocate(124);
  owners.arena.compact(1e6, owners.moved);
  expect(owners.arena.compacting).toBe(false);
  owners.check();
});

it('refuses blocks beyond its largest size', () => {
  expect(() => new Arena().allocate(BLOCK_BYTES_MAX, 1)).toThrow(RangeError);
});
