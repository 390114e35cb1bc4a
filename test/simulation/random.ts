import { seededRandom } from '../support/manual-world';

/** Dice with the few questions a schedule asks. */
export class Dice {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  unit(): number {
    return this.random();
  }
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
  oneIn(n: number): boolean {
    return this.below(n) === 0;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
  some<T>(list: readonly T[], share: number): T[] {
    return list.filter(() => this.random() < share);
  }
}

/** Another seed for each (seed, number): leaving a step out does not change the dice of the others. */
export function mixSeed(seed: number, number: number): number {
  let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 0x7f4a7c15, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
