import { SLOT_SHIFT } from '../../base/offheap/slab';
import { DATABASES } from './record';

/** An expiry further away counts as this far in the mean, so that sums stay exact. */
const TTL_MS_MAX = 2 ** 40;

/** How many entries a database has, how many expire and when in the mean, and how many lie in a page of records. */
export class Tally {
  private readonly entries = new Int32Array(DATABASES);
  private readonly expiring = new Int32Array(DATABASES);
  /** Sum of expiries, counted from `originMs`. */
  private readonly expirySums = new Float64Array(DATABASES);
  /** By page of records, then by database. */
  private perPage = new Uint16Array(DATABASES * 16);

  constructor(private readonly originMs: number) {}

  added(slot: number, db: number): void {
    const at = (slot >>> SLOT_SHIFT) * DATABASES + db;
    if (at >= this.perPage.length) this.grow(at);
    this.entries[db]!++;
    this.perPage[at]!++;
  }

  removed(slot: number, db: number): void {
    this.entries[db]!--;
    this.perPage[(slot >>> SLOT_SHIFT) * DATABASES + db]!--;
  }

  expiryAdded(db: number, expiresAtMs: number): void {
    this.expiring[db]!++;
    this.expirySums[db]! += this.bounded(expiresAtMs);
  }

  expiryRemoved(db: number, expiresAtMs: number): void {
    this.expiring[db]!--;
    this.expirySums[db]! -= this.bounded(expiresAtMs);
  }

  count(db: number): number {
    return this.entries[db]!;
  }

  countExpiring(db: number): number {
    return this.expiring[db]!;
  }

  /** Mean time to live of the entries that expire, at least 0. */
  averageTtlMs(db: number, nowMs: number): number {
    const count = this.expiring[db]!;
    return count === 0 ? 0 : Math.max(0, this.expirySums[db]! / count + this.originMs - nowMs);
  }

  /** Entries of one database in a page of records. */
  inPage(page: number, db: number): number {
    return this.perPage[page * DATABASES + db] ?? 0;
  }

  get total(): number {
    return this.entries.reduce((sum, count) => sum + count, 0);
  }

  private bounded(expiresAtMs: number): number {
    return Math.max(-TTL_MS_MAX, Math.min(Math.round(expiresAtMs) - this.originMs, TTL_MS_MAX));
  }

  private grow(at: number): void {
    const grown = new Uint16Array(Math.max(this.perPage.length * 2, at + 1));
    grown.set(this.perPage);
    this.perPage = grown;
  }
}
