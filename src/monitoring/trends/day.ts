const MINUTE_MS = 60_000;
/** A day and an hour. */
const MINUTES = 25 * 60;

/** Gets and hits of each minute of the last 25 hours. 36 KB. */
export class Day {
  private readonly minutes = new Float64Array(MINUTES);
  private readonly gets = new Float64Array(MINUTES);
  private readonly hits = new Float64Array(MINUTES);

  get memoryBytes(): number {
    return 3 * this.minutes.byteLength;
  }

  add(atMs: number, gets: number, hits: number): void {
    const minute = Math.floor(atMs / MINUTE_MS);
    const at = minute % MINUTES;
    this.minutes[at] = minute;
    this.gets[at] = gets;
    this.hits[at] = hits;
  }

  /** Hit rate of the minutes with `fromMs <= atMs < toMs`; undefined if nothing was asked for then. */
  hitRate(fromMs: number, toMs: number): number | undefined {
    let [gets, hits] = [0, 0];
    this.each(fromMs, toMs, (at) => {
      gets += this.gets[at]!;
      hits += this.hits[at]!;
    });
    return gets === 0 ? undefined : hits / gets;
  }

  /** A straight line through the minutes, each with the weight of its gets; undefined where there are less than 10. */
  slope(fromMs: number, toMs: number): Slope | undefined {
    let [n, w, wx, wy] = [0, 0, 0, 0];
    this.each(fromMs, toMs, (at, hours) => {
      if (this.gets[at] === 0) return;
      n++;
      w += this.gets[at]!;
      wx += this.gets[at]! * hours;
      wy += this.hits[at]!;
    });
    if (n < SLOPE_MINUTES_MIN) return undefined;
    const [x, y] = [wx / w, wy / w];
    let [xx, xy, yy] = [0, 0, 0];
    this.each(fromMs, toMs, (at, hours) => {
      const gets = this.gets[at]!;
      if (gets === 0) return;
      const dy = this.hits[at]! / gets - y;
      xx += gets * (hours - x) ** 2;
      xy += gets * (hours - x) * dy;
      yy += gets * dy ** 2;
    });
    if (xx === 0) return undefined;
    const perHour = xy / xx;
    const rest = Math.max(0, yy - perHour * xy);
    return { perHour, errorPerHour: Math.sqrt(rest / (n - 2) / xx) };
  }

  private each(fromMs: number, toMs: number, visit: (at: number, hours: number) => void): void {
    const first = Math.max(Math.ceil(fromMs / MINUTE_MS), Math.ceil(toMs / MINUTE_MS) - MINUTES);
    for (let minute = first; minute * MINUTE_MS < toMs; minute++) {
      const at = minute % MINUTES;
      if (this.minutes[at] === minute) visit(at, (minute - first) / 60);
    }
  }
}

const SLOPE_MINUTES_MIN = 10;

/** Change an hour, and its standard error. */
export interface Slope {
  readonly perHour: number;
  readonly errorPerHour: number;
}
