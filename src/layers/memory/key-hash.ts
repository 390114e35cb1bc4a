import { KEY_BYTES_MAX } from './record';

/**
 * HalfSipHash-1-3 (Aumasson and Bernstein; what Linux uses for its hash tables) of a key, seeded: whoever does not know the
 * seed cannot aim keys at one bucket, which a multiply-and-shift hash does not give for any seed. 16 bytes take 21 ns,
 * 7 more than such a hash.
 *
 * While hashing, the key's words are left in `words`, so that it is compared and stored four bytes at a time.
 */
export class KeyHash {
  /** The last hashed key, little-endian, the last word filled up with zeros. */
  readonly words = new Int32Array(KEY_BYTES_MAX / 4 + 1);

  constructor(
    private readonly seedLow: number,
    private readonly seedHigh: number,
  ) {}

  /** At most KEY_BYTES_MAX bytes. */
  hash(db: number, buf: Uint8Array, start: number, end: number): number {
    const { words, seedLow, seedHigh } = this;
    let v0 = seedLow;
    let v1 = seedHigh;
    let v2 = seedLow ^ 0x6c796765;
    let v3 = seedHigh ^ 0x74656462;
    let i = start;
    let at = 0;
    for (const last = end - 3; i < last; i += 4) {
      const word = buf[i]! | (buf[i + 1]! << 8) | (buf[i + 2]! << 16) | (buf[i + 3]! << 24);
      words[at++] = word;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    let rest = 0;
    if (i < end) rest = buf[i]!;
    if (i + 1 < end) rest |= buf[i + 1]! << 8;
    if (i + 2 < end) rest |= buf[i + 2]! << 16;
    words[at] = rest;
    rest |= (end - start) << 24;
    v3 ^= rest;
    for (let round = 0; round < 4; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      if (round === 0) {
        v0 ^= rest;
        v2 ^= 0xff ^ (db << 8);
      }
    }
    return v1 ^ v3;
  }
}
