import type { Bytes } from '../../base/bytes';
import { hashBytes } from '../../base/hash';

/** Two random 32-bit words, kept in the file: nobody outside can aim two keys at one row. */
export type Seed = readonly [number, number];

const HIGH_BITS_MASK = (1 << 21) - 1;
const DB_STRIDE = 0x9e3779b1;

/**
 * The row of a key: a seeded hash of 53 bits, so that every point access is by rowid and no second index is needed. Two keys
 * with one id replace each other; a read compares the key and answers a miss.
 */
export function rowIdOf(seed: Seed, db: number, key: Bytes): number {
  const salt = Math.imul(db + 1, DB_STRIDE);
  const high = hashBytes(key.buf, key.start, key.end, seed[0] ^ salt) & HIGH_BITS_MASK;
  const low = hashBytes(key.buf, key.start, key.end, seed[1] ^ salt) >>> 0;
  return high * 0x1_0000_0000 + low;
}
