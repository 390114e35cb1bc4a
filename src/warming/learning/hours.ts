import { type HotKey, HotKeys } from './hot-keys';

export const HOURS = 24;
const HOUR_MS = 3_600_000;
/** What was asked at this hour a week ago still counts a tenth. */
const HALF_LIFE_MS = 48 * HOUR_MS;

/** UTC, 0 to 23. */
export function hourOf(wallMs: number): number {
  return Math.floor(wallMs / HOUR_MS) % HOURS;
}

/** Wall ms at which the next hour begins. */
export function nextHourAt(wallMs: number): number {
  return (Math.floor(wallMs / HOUR_MS) + 1) * HOUR_MS;
}

/** The most used keys of each hour of the day, over some days: what comes back at its hour though the day has forgotten it. */
export class Hours {
  private readonly lists: HotKeys[];

  /** `keysMax` of each hour. */
  constructor(readonly keysMax: number) {
    this.lists = Array.from({ length: HOURS }, () => new HotKeys(keysMax, HALF_LIFE_MS));
  }

  at(hour: number): HotKeys {
    return this.lists[hour]!;
  }

  add(name: string, uses: number, wallMs: number): void {
    this.at(hourOf(wallMs)).add(name, uses, wallMs);
  }

  restore(hour: number, key: HotKey, wallMs: number): void {
    this.at(hour).restore(key, wallMs);
  }

  clear(): void {
    for (const list of this.lists) list.clear();
  }

  get size(): number {
    return this.lists.reduce((sum, list) => sum + list.size, 0);
  }

  get sizeBytes(): number {
    return this.lists.reduce((sum, list) => sum + list.sizeBytes, 0);
  }
}

/** Uses of one template by hour of day, over some days. */
export class HourProfile {
  readonly uses = new Float64Array(HOURS);
  private atMs = 0;

  add(uses: number, wallMs: number): void {
    if (this.atMs === 0) this.atMs = wallMs;
    if (wallMs - this.atMs >= HOUR_MS) {
      const factor = 2 ** -((wallMs - this.atMs) / HALF_LIFE_MS);
      for (let hour = 0; hour < HOURS; hour++) this.uses[hour]! *= factor;
      this.atMs = wallMs;
    }
    this.uses[hourOf(wallMs)]! += uses;
  }

  restore(uses: readonly number[], wallMs: number): void {
    this.uses.set(uses);
    this.atMs = wallMs;
  }

  /** The hour's share of a usual hour's uses: 1 is usual, 3 is a peak. */
  peak(hour: number): number {
    const sum = this.uses.reduce((a, b) => a + b, 0);
    return sum === 0 ? 0 : (this.uses[hour]! * HOURS) / sum;
  }

  /** The hour with most uses. */
  get busiest(): number {
    return this.uses.indexOf(Math.max(...this.uses));
  }
}
