/** Families whose load times are kept; those of more are not. There are as many as templates in the configuration. */
const FAMILIES_MAX = 10_000;

/** What a load costs its origin: the mean of all loads of a family, by the family's name. */
export class LoadCosts {
  private readonly families = new Map<string, { loads: number; sumMs: number }>();

  loaded(family: string, tookMs: number): void {
    const known = this.families.get(family);
    if (known !== undefined) {
      known.loads++;
      known.sumMs += tookMs;
    } else if (this.families.size < FAMILIES_MAX) this.families.set(family, { loads: 1, sumMs: tookMs });
  }

  /** Microseconds; 0 for a family that was never loaded. */
  meanUsOf(family: string): number {
    const known = this.families.get(family);
    return known === undefined ? 0 : (known.sumMs / known.loads) * 1000;
  }
}
