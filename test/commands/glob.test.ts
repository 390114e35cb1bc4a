import fc from 'fast-check';
import { bytesOf } from '../../src/base/bytes';
import { glob } from '../../src/commands/framework/glob';

/** Redis's stringmatchlen as it is written in C: by recursion. The oracle. */
function recursive(p: Buffer, s: Buffer): boolean {
  let at = 0;
  let i = 0;
  const signed = (c: number) => (c << 24) >> 24;
  while (at < p.length && i < s.length) {
    const c = p[at]!;
    if (c === 0x2a) {
      while (p[at + 1] === 0x2a) at++;
      if (at + 1 === p.length) return true;
      for (; i < s.length; i++) if (recursive(p.subarray(at + 1), s.subarray(i))) return true;
      return false;
    }
    if (c === 0x3f) i++;
    else if (c === 0x5b) {
      at++;
      const not = p[at] === 0x5e;
      if (not) at++;
      let found = false;
      for (; ; at++) {
        if (p[at] === 0x5c && p.length - at >= 2) {
          at++;
          if (p[at] === s[i]) found = true;
        } else if (p[at] === 0x5d) break;
        else if (at >= p.length) {
          at--;
          break;
        } else if (p.length - at >= 3 && p[at + 1] === 0x2d) {
          const [low, high] = [signed(p[at]!), signed(p[at + 2]!)].sort((a, b) => a - b);
          if (signed(s[i]!) >= low! && signed(s[i]!) <= high!) found = true;
          at += 2;
        } else if (p[at] === s[i]) found = true;
      }
      if (found === not) return false;
      i++;
    } else {
      if (c === 0x5c && p.length - at >= 2) at++;
      if (p[at] !== s[i]) return false;
      i++;
    }
    at++;
    if (i === s.length) {
      while (p[at] === 0x2a) at++;
      break;
    }
  }
  return at >= p.length && i === s.length;
}

const alphabet = fc.constantFrom(...'ab*?[]^-\\'.split(''), '\x00', '\xff', '\x80');
const patterns = fc.array(alphabet, { maxLength: 10 }).map((chars) => chars.join(''));
const keys = fc.array(fc.constantFrom(...'ab-]\\'.split(''), '\x00', '\xff', '\x80'), { maxLength: 8 });

test('matches what the recursion in C matches', () => {
  fc.assert(
    fc.property(patterns, keys, (pattern, chars) => {
      const key = chars.join('');
      const expected = pattern === '*' || recursive(Buffer.from(pattern, 'latin1'), Buffer.from(key, 'latin1'));
      expect(glob(bytesOf(pattern))(bytesOf(key))).toBe(expected);
    }),
    { numRuns: 20_000 },
  );
});

test('keys and patterns in the middle of larger buffers', () => {
  const buf = Buffer.from('xxuser:*yyuser:42zz');
  expect(glob({ buf, start: 2, end: 8 })({ buf, start: 10, end: 17 })).toBe(true);
  expect(glob({ buf, start: 2, end: 8 })({ buf, start: 9, end: 17 })).toBe(false);
});

test('the pattern is kept, the bytes it came in are not', () => {
  const buf = Buffer.from('abc');
  const matches = glob(bytesOf(buf));
  buf.write('xyz');
  expect(matches(bytesOf('abc'))).toBe(true);
});

/** Reads of key bytes, as a measure of work that no clock can spoil. */
function readsFor(pattern: string, key: string): number {
  let reads = 0;
  const bytes = bytesOf(key);
  const counting = new Proxy(bytes.buf, {
    get(target, name) {
      if (typeof name === 'string' && /^\d+$/.test(name)) reads++;
      return Reflect.get(target, name, target);
    },
  });
  glob(bytesOf(pattern))({ buf: counting, start: bytes.start, end: bytes.end });
  return reads;
}

test.each([
  ['*a'.repeat(1000), 'a'.repeat(60)],
  [`${'*a'.repeat(30)}*b`, 'a'.repeat(60)],
  [`${'*?'.repeat(500)}[`, 'a'.repeat(60)],
  [`${'a*'.repeat(20)}[b`, 'a'.repeat(60)],
  ['*'.repeat(1000), 'a'.repeat(60)],
])('work stays within pattern times key: %.20s... (F18)', (pattern, key) => {
  expect(readsFor(pattern, key)).toBeLessThanOrEqual(pattern.length * key.length);
});
