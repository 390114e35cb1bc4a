import fc from 'fast-check';
import { copyBytes, withView } from '../../src/base/copy';

const SIZE = 2000;

function pattern(viewed: boolean): Buffer {
  const buf = Buffer.alloc(SIZE);
  for (let i = 0; i < SIZE; i++) buf[i] = (i * 7 + (i >> 8)) & 255;
  return viewed ? withView(buf) : buf;
}

it('copies exactly the run, at every length and alignment, with and without views', () => {
  fc.assert(
    fc.property(
      fc.nat(600),
      fc.nat(50),
      fc.nat(50),
      fc.boolean(),
      fc.boolean(),
      (length, start, at, fromViewed, toViewed) => {
        const source = pattern(fromViewed);
        const target = Buffer.alloc(SIZE, 0xee);
        if (toViewed) withView(target);
        copyBytes(source, start, start + length, target, at);
        const wanted = Buffer.alloc(SIZE, 0xee);
        wanted.set(source.subarray(start, start + length), at);
        expect(target.equals(wanted)).toBe(true);
      },
    ),
    { numRuns: 500, seed: 1 },
  );
});

it('moves a run to a lower place of the same buffer', () => {
  fc.assert(
    fc.property(fc.nat(600), fc.nat(40), fc.boolean(), (length, shift, viewed) => {
      const buf = pattern(viewed);
      const wanted = Buffer.from(buf.subarray(100, 100 + length));
      copyBytes(buf, 100, 100 + length, buf, 100 - shift);
      expect(buf.subarray(100 - shift, 100 - shift + length).equals(wanted)).toBe(true);
    }),
    { numRuns: 300, seed: 2 },
  );
});
