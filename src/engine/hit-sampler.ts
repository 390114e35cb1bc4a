/** So that it never comes to 0. */
const NEVER = 2 ** 30;

/**
 * Which GETs are looked at closely: one of `oneOf` in the mean, at random distances, so that no rhythm of the clients
 * hides from it or is taken for all. Costs the others one subtraction and comparison.
 */
export class HitSampler {
  /** GETs to the next one, it included. */
  left = NEVER;
  oneOf = 0;
  private random: () => number = () => 0;

  begin(oneOf: number, random: () => number): void {
    this.oneOf = oneOf;
    this.random = random;
    this.next();
  }

  /** Two at least: the one that is looked at is counted on its way. */
  next(): void {
    this.left = this.oneOf === 0 ? NEVER : 2 + Math.floor(this.random() * (2 * this.oneOf - 1));
  }
}
