import fc from 'fast-check';
import { bytesOf } from '../../src/base/bytes';
import { type WarmOffer, WarmQueue } from '../../src/warming/queue';

function queue(keysMax = 100): WarmQueue {
  return new WarmQueue({ keysMax: () => keysMax, sourceOf: (key) => (key.startsWith('no') ? undefined : key[0]) });
}

function offer(key: string, priority = 0, more: Partial<WarmOffer> = {}): WarmOffer {
  return { db: 0, key: bytesOf(key), priority, origin: 'task', ...more };
}

const takeAll = (line: WarmQueue, may = (_: string) => true) => {
  const names: string[] = [];
  for (let item = line.take(may); item !== undefined; item = line.take(may)) names.push(item.name.slice(1));
  return names;
};

test('the highest priority first, of equals the first that came', () => {
  const line = queue();
  for (const [key, priority] of [
    ['a1', 1],
    ['a2', 5],
    ['b1', 5],
    ['a3', 9],
  ] as const)
    line.offer(offer(key, priority));
  expect(takeAll(line)).toEqual(['a3', 'a2', 'b1', 'a1']);
});

test('a source that may not be asked keeps nobody else waiting', () => {
  const line = queue();
  line.offer(offer('a1', 9));
  line.offer(offer('b1', 1));
  expect(takeAll(line, (source) => source !== 'a')).toEqual(['b1']);
  expect([...line.bySource()]).toContainEqual(['a', 1]);
});

test('a key is in line once, with the higher priority, and all who wanted it hear of it', () => {
  const line = queue();
  const heard: string[] = [];
  expect(line.offer(offer('a1', 1, { done: (outcome) => heard.push(`first ${outcome}`) }))).toBe(true);
  line.offer(offer('a2', 2));
  expect(line.offer(offer('a1', 3, { force: true, done: (outcome) => heard.push(`second ${outcome}`) }))).toBe(true);
  expect(line.size).toBe(2);
  const item = line.take(() => true)!;
  expect(item.name.slice(1)).toBe('a1');
  expect(item.offer.force).toBe(true);
  for (const done of item.done) done('loaded');
  expect(heard).toEqual(['first loaded', 'second loaded']);
});

test('what nobody wants any more is dropped, and says so', () => {
  const line = queue();
  const heard: string[] = [];
  line.offer(offer('a1', 1, { isWanted: () => false, done: (outcome) => heard.push(outcome) }));
  line.offer(offer('a2', 1, { isWanted: () => false }));
  line.offer(offer('a2', 0));
  expect(takeAll(line)).toEqual(['a2']);
  expect(heard).toEqual(['dropped']);
});

test('no room, or nothing that loads the key: refused', () => {
  const line = queue(2);
  expect(['a1', 'no', 'a2', 'a3'].map((key) => line.offer(offer(key)))).toEqual([true, false, true, false]);
  expect(line.isFull).toBe(true);
});

test('keys that are offered again and again gather no crowd', () => {
  const line = queue();
  const done = () => {};
  let taken = 0;
  for (let i = 0; i < 1000; i++) if (line.offer(offer('a1', 0, { done, isWanted: () => true }))) taken++;
  expect(taken).toBeLessThan(100);
});

test('the key is a copy', () => {
  const line = queue();
  const key = bytesOf('a1');
  line.offer({ ...offer('a1'), key });
  key.buf.write('zz');
  expect(line.take(() => true)!.offer.key.buf.toString()).toBe('a1');
});

test('as a plain list that is sorted each time', () => {
  const step = fc.oneof(
    fc.record({ key: fc.constantFrom('a1', 'a2', 'a3', 'b1', 'b2', 'c1'), priority: fc.integer({ min: 0, max: 4 }) }),
    fc.record({ take: fc.constantFrom('abc', 'ab', 'c', '') }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const line = queue();
      let plain: { key: string; priority: number; order: number }[] = [];
      for (const [order, one] of steps.entries()) {
        if ('key' in one) {
          const known = plain.find(({ key }) => key === one.key);
          if (known === undefined) plain.push({ ...one, order });
          else known.priority = Math.max(known.priority, one.priority);
          line.offer(offer(one.key, one.priority));
        } else {
          const first = plain
            .filter(({ key }) => one.take.includes(key[0]!))
            .sort((a, b) => b.priority - a.priority || a.order - b.order)[0];
          plain = plain.filter((each) => each !== first);
          expect(line.take((source) => one.take.includes(source))?.name.slice(1)).toBe(first?.key);
        }
        expect(line.size).toBe(plain.length);
      }
    }),
  );
});
