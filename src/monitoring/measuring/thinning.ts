/** Events of one period that are all looked at. */
export const EXACT_MAX = 20_000;
/** Beyond that, one of so many, chosen by chance. */
const THINNED_ONE_OF = 16;

/** Keeps what is looked at within a budget: everything up to so many events a period, a weighted sample beyond. */
export class Thinning {
  private seen = 0;
  private until = 0;

  constructor(private readonly random: () => number) {}

  /** How many events this one stands for; 0: not to be looked at. */
  weight(): number {
    if (this.seen < EXACT_MAX) {
      this.seen++;
      return 1;
    }
    if (--this.until > 0) return 0;
    this.until = gapOf(THINNED_ONE_OF, this.random);
    return THINNED_ONE_OF;
  }

  /** A period is over. */
  next(): void {
    this.seen = 0;
    this.until = gapOf(THINNED_ONE_OF, this.random);
  }
}

/** To the next one looked at: 1 to 2n - 1, n in the mean, so that nobody's rhythm hides from it. */
function gapOf(oneOf: number, random: () => number): number {
  return 1 + Math.floor(random() * (2 * oneOf - 1));
}
