import type { HotKeys } from './hot-keys';

/** What is known of a key in `HotKeys` only while the process runs, by its item. */
export class Wanted {
  private sinceLoad = new Uint16Array(0);
  private expiresAt = new Float64Array(0);

  constructor(private readonly keys: HotKeys) {
    keys.onReplaced = (item) => this.begin(item);
  }

  used(item: number, uses: number, expiresAt: number): void {
    this.sinceLoad[item] = Math.min(this.sinceLoad[item]! + uses, 0xffff);
    this.expiresAt[item] = expiresAt;
  }

  /** It was loaded, or is being loaded: uses count from now on. */
  loaded(item: number): void {
    this.begin(item);
  }

  /** Tells of keys that were used at least once since their load and end before `untilMs` (clock). */
  eachEnding(untilMs: number, each: (item: number) => void): void {
    const { sinceLoad, expiresAt } = this;
    const size = Math.min(this.keys.size, sinceLoad.length);
    for (let item = 0; item < size; item++) if (expiresAt[item]! <= untilMs && sinceLoad[item]! > 0) each(item);
  }

  usesSinceLoad(item: number): number {
    return this.sinceLoad[item] ?? 0;
  }

  private begin(item: number): void {
    if (item >= this.sinceLoad.length) this.grow(item + 1);
    this.sinceLoad[item] = 0;
    this.expiresAt[item] = Number.POSITIVE_INFINITY;
  }

  private grow(atLeast: number): void {
    const room = Math.min(this.keys.keysMax, Math.max(atLeast, 2 * this.sinceLoad.length, 256));
    const [sinceLoad, expiresAt] = [this.sinceLoad, this.expiresAt];
    this.sinceLoad = new Uint16Array(room);
    this.expiresAt = new Float64Array(room).fill(Number.POSITIVE_INFINITY);
    this.sinceLoad.set(sinceLoad);
    this.expiresAt.set(expiresAt);
  }
}
