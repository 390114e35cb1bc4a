import fc from 'fast-check';
import { Pace } from '../../src/base/pace';
import { FillingHouse } from './filling-house';

let house: FillingHouse;
afterEach(() => house?.end());

const source = (callsPerSecondMax: number) => ({ name: 'a', kind: 'http' as const, callsPerSecondMax });

test('no second has more calls of a source than its calls-per-second-max, and all are made', async () => {
  house = new FillingHouse({ sources: [source(20)] });
  const readers = Array.from({ length: 50 }, (_, i) => house.get(`a:${i}`));
  const madeAt: number[] = [];
  for (let ms = 0; ms < 4_000; ms += 5) {
    while (house.calls.length > 0) {
      madeAt.push(ms);
      await house.call1.answer('v');
    }
    await house.advance(5);
  }
  expect(madeAt).toHaveLength(50);
  for (const at of madeAt)
    expect(madeAt.filter((other) => other >= at && other < at + 1_000).length).toBeLessThanOrEqual(20);
  expect(madeAt.at(-1)).toBeLessThan(3_000);
  expect(await Promise.all(readers)).toEqual(Array(50).fill('v'));
});

test('other sources are not kept waiting, and those that nobody waits for come after those in line', async () => {
  house = new FillingHouse({ sources: [source(1), { name: 'b', kind: 'http' }] });
  void house.get('a:1');
  void house.get('a:2');
  void house.get('b:1');
  await house.settle();
  expect(house.asked).toEqual(['a:1', 'b:1']);
  await house.call1.answer('v');
  await house.call1.answer('v');
  expect(await house.quiet('a:3')).toBe('busy');
  await house.advance(1_100);
  expect(house.asked).toEqual(['a:1', 'b:1', 'a:2']);
  await house.call1.answer('v');
});

test('keys that miss while their source is paced travel in one call', async () => {
  house = new FillingHouse({ sources: [source(2)], load: { batchKeysMax: 10 } });
  const all = house.mget('a:1', 'a:2');
  await house.settle();
  const more = [house.get('a:3'), house.get('a:4')];
  await house.settle();
  expect(house.calls).toHaveLength(1);
  await house.call1.answer('v');
  expect(await all).toEqual(['v', 'v']);
  await house.advance(1_000);
  expect(house.call1.keys).toEqual(['a:3', 'a:4']);
  await house.call1.answer('w');
  expect(await Promise.all(more)).toEqual(['w', 'w']);
});

test('who waits in a paced line until the deadline is told so', async () => {
  house = new FillingHouse({ sources: [source(1)], fill: { deadlineMs: 500 } });
  void house.get('a:1');
  await house.settle();
  await house.call1.answer('v');
  const late = house.get('a:2');
  await house.advance(600);
  await expect(late).rejects.toMatchObject({ reply: expect.stringContaining('timed out in line') });
});

test('a pace never lets more than its rate into any second', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.array(fc.nat(40), { maxLength: 400 }), (rate, waits) => {
      const pace = new Pace();
      const steps: number[] = [];
      let now = 0;
      for (const wait of waits) {
        now += wait;
        expect(pace.waitMs(now) === 0).toBe(pace.mayStep(now));
        while (pace.mayStep(now)) {
          steps.push(now);
          pace.step(now, rate);
        }
      }
      for (const [i, from] of steps.entries()) {
        const until = steps.findIndex((at) => at >= from + 1_000);
        expect((until === -1 ? steps.length : until) - i).toBeLessThanOrEqual(Math.max(1, rate));
      }
    }),
  );
});
