const MULTIPLIER = 0x5deece66dn;
const MASK = (1n << 48n) - 1n;
const DIVISOR = 2147483647;

/** The generator of Redis's scripts: a 48-bit line that goes on from one script to the next. */
export class ScriptRandom {
  private state = 0x1234abcd330en;

  seed(n: number): void {
    this.state = (BigInt(n >>> 0) << 16n) | 0x330en;
  }

  /** From 0 to under 1. */
  next(): number {
    this.state = (this.state * MULTIPLIER + 0xbn) & MASK;
    return (Number(this.state >> 17n) % DIVISOR) / DIVISOR;
  }
}
