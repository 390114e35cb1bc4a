/**
 * 64 bits of a name, seeded, in two lanes of one pass: for tables that remember names without keeping them. Not for tables
 * that grow chains: it does not withstand somebody who aims at collisions as KeyHash does; here a collision costs a memory.
 */
export class Fingerprint {
  /** Of the last name. */
  low = 0;
  high = 0;

  constructor(
    public seedLow: number,
    public seedHigh: number,
  ) {}

  /** `space` tells names apart that are alike. */
  of(space: number, buf: Uint8Array, start: number, end: number): void {
    let a = this.seedLow ^ (end - start);
    let b = this.seedHigh ^ Math.imul(space + 1, 0x9e3779b1);
    let i = start;
    for (const last = end - 3; i < last; i += 4) {
      const word = buf[i]! | (buf[i + 1]! << 8) | (buf[i + 2]! << 16) | (buf[i + 3]! << 24);
      a = Math.imul(a ^ Math.imul(word, 0xcc9e2d51), 0x1b873593);
      a ^= a >>> 15;
      b = Math.imul(b ^ word, 0x2c1b3c6d);
      b ^= b >>> 13;
    }
    let rest = 0;
    for (let shift = 0; i < end; i++, shift += 8) rest |= buf[i]! << shift;
    a = Math.imul(a ^ Math.imul(rest, 0xcc9e2d51) ^ b, 0x85ebca6b);
    a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    b = Math.imul(b ^ rest, 0x297a2d39);
    b = Math.imul(b ^ (b >>> 15) ^ (end - start), 0x85ebca6b);
    this.low = a ^ (a >>> 16);
    this.high = b ^ (b >>> 14);
  }
}
