import fc from 'fast-check';
import { Epochs } from '../../src/invalidation/epochs';
import { SlotQueue } from '../../src/invalidation/graph/slot-queue';
import { NameStore } from '../../src/invalidation/name-store';

describe('epochs', () => {
  test('are saved ahead, a block before half of the last is used up', () => {
    const asked: number[] = [];
    const epochs = new Epochs((end) => asked.push(end), 10);
    epochs.resume(100);
    expect(asked).toEqual([110]);
    epochs.saved(110);
    for (let i = 0; i < 5; i++) epochs.next();
    expect(asked).toEqual([110]);
    expect(epochs.next()).toBe(106);
    expect([asked, epochs.current, epochs.overrun]).toEqual([[110, 116], 106, false]);
  });

  test('go on when saving lags, say so, and ask again when it failed', () => {
    const asked: number[] = [];
    const epochs = new Epochs((end) => asked.push(end), 4);
    expect(epochs.next()).toBe(1);
    expect([epochs.overrun, asked]).toEqual([true, [5]]);
    epochs.failed();
    epochs.next();
    expect(asked).toEqual([5, 6]);
    epochs.saved(6);
    expect(epochs.overrun).toBe(false);
  });

  test('are shared by invalidations that nothing tells apart, and by no others', () => {
    const epochs = new Epochs(() => undefined);
    expect([epochs.batch(), epochs.batch()]).toEqual([1, 1]);
    // A kill on disk has an epoch of its own, and tells no fills apart.
    expect([epochs.next(), epochs.batch()]).toEqual([2, 1]);
    expect([epochs.note(), epochs.batch(), epochs.batch()]).toEqual([2, 3, 3]);
    expect([epochs.stamp(), epochs.batch()]).toEqual([4, 5]);
    epochs.seal();
    expect(epochs.batch()).toBe(6);
  });

  test('whatever began before an invalidation has an older epoch, whatever began after it has not', () => {
    const moves = fc.array(fc.constantFrom('note', 'stamp', 'batch', 'next', 'seal'), { maxLength: 50 });
    fc.assert(
      fc.property(moves, (steps) => {
        const epochs = new Epochs(() => undefined);
        const seen: { kind: string; epoch: number }[] = [];
        for (const kind of steps) {
          if (kind === 'seal') epochs.seal();
          else if (kind === 'next') epochs.next();
          else seen.push({ kind, epoch: epochs[kind as 'note' | 'stamp' | 'batch']() });
        }
        for (const [i, later] of seen.entries()) {
          for (const before of seen.slice(0, i)) {
            if (before.kind !== 'batch' && later.kind === 'batch') expect(later.epoch).toBeGreaterThan(before.epoch);
            if (before.kind === 'batch' && later.kind !== 'batch')
              expect(later.epoch).toBeGreaterThanOrEqual(before.epoch);
          }
        }
      }),
    );
  });

  test('never go back', () => {
    const epochs = new Epochs(() => undefined);
    epochs.resume(7);
    expect(() => epochs.resume(6)).toThrow('older');
    expect(epochs.next()).toBe(8);
  });
});

test('the name store gives every name back as it was, and all room in the end', () => {
  const name = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 65_000, maxLength: 65_536 }));
  fc.assert(
    fc.property(fc.array(fc.tuple(name, fc.nat(10)), { maxLength: 40 }), (steps) => {
      const store = new NameStore();
      const kept = new Map<number, Uint8Array>();
      for (const [bytes, victim] of steps) {
        kept.set(store.put(bytes, 0, bytes.length), bytes);
        const old = [...kept.keys()][victim];
        if (old === undefined) continue;
        store.free(old, kept.get(old)!.length);
        kept.delete(old);
        for (const [handle, was] of kept) {
          expect(store.equals(handle, was.length, was, 0)).toBe(true);
          expect(store.latin1(handle, was.length)).toBe(Buffer.from(was).toString('latin1'));
        }
      }
      for (const [handle, was] of kept) store.free(handle, was.length);
      expect([store.bytesUsed, store.bytesReserved <= 1 << 20]).toEqual([0, true]);
    }),
    { numRuns: 100, seed: 20_242 },
  );
});

test('the slot queue is first in, first out', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -5_000, max: 9_000 }), { maxLength: 12 }), (steps) => {
      const queue = new SlotQueue();
      const model: number[] = [];
      let slot = 0;
      for (const step of steps) {
        for (let i = 0; i < step; i++) {
          queue.push(++slot);
          model.push(slot);
        }
        for (let i = step; i < 0; i++) if (queue.shift() !== (model.shift() ?? 0)) throw new Error('out of order');
        expect(queue.length).toBe(model.length);
      }
    }),
    { numRuns: 50, seed: 20_243 },
  );
});
