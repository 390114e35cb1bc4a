/** Steps that were missed while nobody looked are made up for, up to this long ago. */
const CARRY_MS = 10;
/** Of the rate: what CARRY_MS may add in any second is left out before, so that no second has more steps than the rate. */
const SHARE = 1000 / (1000 + CARRY_MS);

/** So many steps a second at most, evenly. */
export class Pace {
  private nextMs = Number.NEGATIVE_INFINITY;

  mayStep(nowMs: number): boolean {
    return nowMs >= this.nextMs;
  }

  /** Until another step may be taken, ms. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.nextMs - nowMs);
  }

  /** A step is taken; the one before it was taken at the rate that held then. */
  step(nowMs: number, perSecond: number): void {
    this.nextMs = Math.max(this.nextMs, nowMs - CARRY_MS) + 1000 / (perSecond * SHARE);
  }

  /** The step came to nothing. */
  undo(perSecond: number): void {
    this.nextMs -= 1000 / (perSecond * SHARE);
  }
}
