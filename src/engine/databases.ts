import { invariant } from '../base/fault';

/** Databases that clients SELECT. */
export const DATABASES = 16;
/** Databases that entries carry: the others are being swept after a flush. */
export const PHYSICAL_DATABASES = 32;

/**
 * Which physical database each logical one is now. FLUSHDB gives the logical one a fresh physical id, so it is empty at once
 * and the old entries are swept in slices; SWAPDB exchanges two ids. The map is durable (see Core.saveDatabases).
 */
export class Databases {
  readonly physical: Uint8Array;
  /** The logical number a physical database has, or had before it was flushed. */
  private readonly numbers = new Uint8Array(PHYSICAL_DATABASES);
  /** Bit p: physical database p is being swept. */
  dying = 0;

  constructor() {
    this.physical = Uint8Array.from({ length: DATABASES }, (_, db) => db);
    this.number();
  }

  of(db: number): number {
    return this.physical[db]!;
  }

  /** The logical number of a physical database, or -1 if it is dying or unused. */
  logicalOf(physical: number): number {
    return this.physical.indexOf(physical);
  }

  /** Takes over a saved map. */
  load(map: Uint8Array): void {
    invariant(map.length === DATABASES, 'the database map has 16 places');
    this.physical.set(map);
    this.number();
  }

  /** The number a client would SELECT for it, also for one that is being swept. */
  numberOf(physical: number): number {
    return this.numbers[physical]!;
  }

  private number(): void {
    for (let db = 0; db < DATABASES; db++) this.numbers[this.physical[db]!] = db;
  }

  isDying(physical: number): boolean {
    return (this.dying & (1 << physical)) !== 0;
  }

  /** Gives `db` a fresh physical id; the old one is dying. False: none is free until a sweep is done. */
  renew(db: number): boolean {
    for (let id = 0; id < PHYSICAL_DATABASES; id++) {
      if (this.isDying(id) || this.physical.includes(id)) continue;
      this.dying |= 1 << this.physical[db]!;
      this.physical[db] = id;
      this.number();
      return true;
    }
    return false;
  }

  swept(): void {
    this.dying = 0;
  }

  swap(a: number, b: number): void {
    const kept = this.physical[a]!;
    this.physical[a] = this.physical[b]!;
    this.physical[b] = kept;
    this.number();
  }
}
