/**
 * What one client may read of its own keys, whatever a crash does. Versions are the client's own rising numbers; a
 * value's version is written in it. A floor rises when something is acknowledged: below it a value is old. A key may
 * always be missing.
 */
export class Ledger {
  /** Values below this version are old. */
  private readonly floors: Float64Array;
  /** Version and tags of the last acknowledged store, for invalidations that come later. */
  private readonly stored: ({ version: number; tags: readonly string[] } | undefined)[];
  /** Tags of stores that were sent and not yet acknowledged, by version. */
  private readonly inFlight = new Map<number, readonly string[]>();
  private version = 0;

  constructor(readonly keys: number) {
    this.floors = new Float64Array(keys);
    this.stored = new Array(keys);
  }

  /** The version for the next request; everything that was acknowledged before is below. */
  next(): number {
    return ++this.version;
  }

  floor(key: number): number {
    return this.floors[key]!;
  }

  storeSent(version: number, tags: readonly string[]): void {
    this.inFlight.set(version, tags);
  }

  /** A store was acknowledged. */
  storeAcked(key: number, version: number, tags: readonly string[]): void {
    this.inFlight.delete(version);
    this.raise(key, version);
    this.stored[key] = { version, tags };
  }

  /** A removal was acknowledged. */
  removeAcked(key: number, version: number): void {
    this.raise(key, version);
    this.stored[key] = undefined;
  }

  /**
   * Call when an invalidation is sent and the returned function when it is acknowledged: what carried the tag then, and
   * was acknowledged then, is old now.
   */
  invalidationSent(tag: string): () => void {
    const carriers: [number, number][] = [];
    this.stored.forEach((store, key) => {
      if (store?.tags.includes(tag)) carriers.push([key, store.version]);
    });
    return () => {
      for (const [key, version] of carriers) this.raise(key, version + 1);
    };
  }

  /** A restarted server gave this version: it is the least that may be read later, even if it was never acknowledged. */
  readBack(key: number, version: number): void {
    const tags = this.inFlight.get(version);
    if (tags !== undefined) this.stored[key] = { version, tags };
    this.raise(key, version);
  }

  /** Nothing sent before the restart can be acknowledged any more. */
  allReadBack(): void {
    this.inFlight.clear();
  }

  /** Whether a reader may be given this version, the floor being what it was when the reader asked. */
  isOld(version: number, floorWhenAsked: number): boolean {
    return version < floorWhenAsked;
  }

  /** Nobody ever sent such a version. */
  isInvented(version: number): boolean {
    return version > this.version;
  }

  private raise(key: number, version: number): void {
    if (version > this.floors[key]!) this.floors[key] = version;
  }
}
