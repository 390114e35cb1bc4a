import fc from 'fast-check';
import { KeyList } from '../../src/base/patterns/key-list';

const keysOf = (...texts: string[]) => [...new KeyList(texts).keys()];

test.each([
  [['home'], ['home']],
  [['a:{1..3}'], ['a:1', 'a:2', 'a:3']],
  [
    ['{a,b}:{1..2}', 'c'],
    ['a:1', 'a:2', 'b:1', 'b:2', 'c'],
  ],
  [['x{,y}'], ['x', 'xy']],
  [
    ['{user1}:a', '{}', '{a..b}', '{1..}'],
    ['{user1}:a', '{}', '{a..b}', '{1..}'],
  ],
  [['{7..7}'], ['7']],
])('%j', (texts, keys) => {
  expect(keysOf(...texts)).toEqual(keys);
});

test('counts without making them', () => {
  expect(new KeyList(['a:{1..1000}:{1..1000}', 'b']).count).toBe(1_000_001);
  expect(() => new KeyList(['a', '{1..9}{1..9999999}'])).toThrow('expected at most 10000000 keys');
  expect(() => new KeyList(['a', '{3..1}'])).toThrow('{3..1} goes down');
  expect(() => new KeyList([''])).toThrow('expected a key');
  expect(() => new KeyList(['{a,b}'.repeat(9)])).toThrow('expected at most 8 lists in one key');
});

test('as many as it counts, and each once if the words differ', () => {
  const list = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { minLength: 2, maxLength: 4 });
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 3 }), (lists) => {
      const text = lists.map((words) => `{${words.join(',')}}`).join(':');
      const keys = keysOf(text);
      expect(keys).toHaveLength(new KeyList([text]).count);
      expect(new Set(keys).size).toBe(keys.length);
      for (const key of keys) for (const [i, word] of key.split(':').entries()) expect(lists[i]).toContain(word);
    }),
  );
});
