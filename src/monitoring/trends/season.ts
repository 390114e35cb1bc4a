const HOURS = 24;
const DAYS_MAX = 7;
/** Days that an hour must have been seen before it is expected to be as it was. */
const DAYS_MIN = 3;
/** Hours of the day that must have been seen so often. */
const HOURS_MIN = 22;
/** Minutes of an hour that must have been measured for it to count. */
const MINUTES_MIN = 20;
const HOUR_MS = 3_600_000;

/**
 * How each hour of the day usually is: the median of up to 7 days, so that neither one bad day nor one bad night is taken
 * for what is usual. 1.4 KB.
 */
export class Season {
  private readonly days = new Float64Array(HOURS * DAYS_MAX);
  private readonly seen = new Uint32Array(HOURS);
  private readonly usual = new Float64Array(HOURS);
  private hour = -1;
  private sum = 0;
  private minutes = 0;

  /** False: not known yet, `at` is 0. */
  get isKnown(): boolean {
    let known = 0;
    for (const days of this.seen) if (days >= DAYS_MIN) known++;
    return known >= HOURS_MIN;
  }

  /** `atMs`: wall clock. */
  at(atMs: number): number {
    const slot = Math.floor(atMs / HOUR_MS) % HOURS;
    if (this.seen[slot]! > 0) return this.usual[slot]!;
    return medianOf([...this.usual.filter((_, i) => this.seen[i]! > 0)]);
  }

  /** A minute; an hour counts once it is over. */
  observe(atMs: number, value: number): void {
    const hour = Math.floor(atMs / HOUR_MS);
    if (hour !== this.hour) {
      this.endHour();
      this.hour = hour;
      this.sum = this.minutes = 0;
    }
    this.sum += value;
    this.minutes++;
  }

  private endHour(): void {
    if (this.minutes < MINUTES_MIN) return;
    const slot = this.hour % HOURS;
    this.days[slot * DAYS_MAX + (this.seen[slot]! % DAYS_MAX)] = this.sum / this.minutes;
    this.seen[slot]!++;
    const days = this.days.subarray(slot * DAYS_MAX, slot * DAYS_MAX + Math.min(this.seen[slot]!, DAYS_MAX));
    this.usual[slot] = medianOf([...days]);
  }
}

/** 0 of nothing. */
function medianOf(values: number[]): number {
  if (values.length === 0) return 0;
  values.sort((a, b) => a - b);
  const middle = values.length >> 1;
  return values.length % 2 === 1 ? values[middle]! : (values[middle - 1]! + values[middle]!) / 2;
}
