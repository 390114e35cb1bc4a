import fc from 'fast-check';
import { bytesOf } from '../../src/base/bytes';
import { type Layer, NEVER, type Stored } from '../../src/layers/layer';

/** A fresh layer for one test, and the hands that move its time. */
export interface LayerUnderTest {
  layer: Layer;
  /** The layer's clock now. */
  now(): number;
  advance(ms: number): void;
  close?(): void | Promise<void>;
}

/** What holds of every layer. Call it from the layer's own test file; skip a case only with its reason. */
export function layerContract(name: string, make: () => LayerUnderTest | Promise<LayerUnderTest>): void {
  describe(`${name} keeps the contract of layers`, () => {
    let under: LayerUnderTest;
    let layer: Layer;

    beforeEach(async () => {
      under = await make();
      layer = under.layer;
    });
    afterEach(async () => {
      try {
        await layer.audit();
      } finally {
        await under.close?.();
      }
    });

    const stored = (key: string, fields: Partial<Stored> = {}): Stored => ({
      db: 0,
      key: Buffer.from(key, 'latin1'),
      value: Buffer.from('value', 'latin1'),
      type: 0,
      expiresAt: NEVER,
      tags: [],
      sources: [],
      version: 1,
      fillEpoch: 1,
      ...fields,
    });
    const get = (key: string, db = 0) => layer.get(db, bytesOf(key));

    it('answers null for what was never put', async () => {
      expect(await get('none')).toBeNull();
      expect(await layer.delete(0, bytesOf('none'))).toBe(false);
      expect(await layer.size(0)).toBe(0);
    });

    it('gives back what it was given, whole', async () => {
      const entry = stored('k', {
        db: 3,
        type: 2,
        expiresAt: under.now() + 5000,
        tags: ['a', 'b'],
        sources: ['s'],
        version: 7,
        fillEpoch: 5,
      });
      await layer.put(entry);
      expect(await get('k', 3)).toEqual(entry);
    });

    it('gives copies: writing over what was put or got changes nothing', async () => {
      const entry = stored('k');
      await layer.put(entry);
      entry.value.fill(0);
      (await get('k'))!.value.fill(0);
      expect((await get('k'))!.value.toString('latin1')).toBe('value');
    });

    it('replaces value, expiry, tags, sources and version', async () => {
      await layer.put(stored('k', { tags: ['old'], sources: ['old'], expiresAt: under.now() + 10 }));
      const entry = stored('k', { value: Buffer.alloc(1000, 1), tags: ['new'], version: 2 });
      await layer.put(entry);
      under.advance(1000);
      expect(await get('k')).toEqual(entry);
      expect(await layer.size(0)).toBe(1);
    });

    it('keeps databases apart', async () => {
      await layer.put(stored('k', { db: 0, value: Buffer.from('zero') }));
      await layer.put(stored('k', { db: 31, value: Buffer.from('last') }));
      expect((await get('k', 31))!.value.toString()).toBe('last');
      expect(await layer.delete(0, bytesOf('k'))).toBe(true);
      expect(await get('k', 0)).toBeNull();
      expect(await layer.size(31)).toBe(1);
    });

    it('never answers an entry at or after its expiry', async () => {
      await layer.put(stored('k', { expiresAt: under.now() + 10 }));
      under.advance(9);
      expect(await get('k')).not.toBeNull();
      under.advance(1);
      expect(await get('k')).toBeNull();
      expect(await layer.size(0)).toBe(0);
      expect(await layer.delete(0, bytesOf('k'))).toBe(false);
    });

    it('deletes for good', async () => {
      await layer.put(stored('k'));
      expect(await layer.delete(0, bytesOf('k'))).toBe(true);
      expect(await get('k')).toBeNull();
      expect(await layer.delete(0, bytesOf('k'))).toBe(false);
    });

    it('tells all one-byte keys apart, and keys that look the same when decoded', async () => {
      const keys = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
      keys.push('', '\xff\x01', '\xfe\x01', 'kk\0', 'kk');
      for (const [i, key] of keys.entries()) await layer.put(stored(key, { value: Buffer.from(String(i)) }));
      expect(await layer.size(0)).toBe(keys.length);
      for (const [i, key] of keys.entries()) expect((await get(key))?.value.toString()).toBe(String(i));
    });

    it('takes empty values and large ones, and the longest key', async () => {
      const key = 'k'.repeat(65_536);
      const value = Buffer.alloc(3 << 20, 'abc');
      await layer.put(stored('empty', { value: Buffer.alloc(0) }));
      await layer.put(stored(key, { value }));
      expect((await get('empty'))!.value.length).toBe(0);
      expect((await get(key))!.value.equals(value)).toBe(true);
    });

    it('clears one database, or all', async () => {
      for (const db of [0, 1, 2]) for (const key of ['a', 'b']) await layer.put(stored(key, { db }));
      await layer.clear(1);
      expect([await layer.size(0), await layer.size(1), await layer.size(2)]).toEqual([2, 0, 2]);
      await layer.clear();
      expect([await layer.size(0), await layer.size(2)]).toEqual([0, 0]);
      expect(await get('a')).toBeNull();
    });

    it('behaves as a Map with a clock', async () => {
      const key = fc.constantFrom('', 'a', 'b', '\xff', 'key:1', 'key:2');
      const db = fc.constantFrom(0, 1);
      const ttlMs = fc.constantFrom(0, 1, 50, 1000, Number.POSITIVE_INFINITY);
      const step = fc.oneof(
        fc.record({ op: fc.constant('put' as const), db, key, ttlMs, value: fc.uint8Array({ maxLength: 300 }) }),
        fc.record({ op: fc.constant('delete' as const), db, key }),
        fc.record({ op: fc.constant('get' as const), db, key }),
        fc.record({ op: fc.constant('size' as const), db }),
        fc.record({ op: fc.constant('advance' as const), ms: fc.nat(100) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
          await layer.clear();
          const model = new Map<string, Stored>();
          const live = (entry: Stored | undefined) => (entry && entry.expiresAt > under.now() ? entry : null);
          for (const step of steps) {
            if (step.op === 'advance') under.advance(step.ms);
            else if (step.op === 'size') {
              const lives = [...model.values()].filter((entry) => entry.db === step.db && live(entry));
              expect(await layer.size(step.db)).toBe(lives.length);
            } else {
              const name = `${step.db}:${step.key}`;
              const lives = live(model.get(name));
              if (step.op === 'get') expect(await get(step.key, step.db)).toEqual(lives);
              else if (step.op === 'delete') {
                expect(await layer.delete(step.db, bytesOf(step.key))).toBe(lives !== null);
                model.delete(name);
              } else {
                const entry = stored(step.key, {
                  db: step.db,
                  value: Buffer.from(step.value),
                  expiresAt: step.ttlMs === NEVER ? NEVER : under.now() + step.ttlMs,
                  tags: [step.key, 't'],
                });
                await layer.put(entry);
                model.set(name, entry);
              }
            }
          }
        }),
        { numRuns: 50, seed: 1 },
      );
    });
  });
}
