/** An entry of the model. Keys of the model are numbered, and edges lead from lower to higher numbers: no cycles. */
export interface PlainEntry {
  value: string;
  expiresAt: number;
  tags: Set<string>;
  /** Bound to this value. */
  sources: Set<string>;
  /** When the making of the value began. */
  madeAt: number;
}

/** What the engine must behave like, said as plainly as possible. */
export class PlainCache {
  readonly entries = new Map<string, PlainEntry>();
  /** Declared: source to dependents. */
  readonly edges = new Map<string, Set<string>>();
  /** When each tag was last invalidated. */
  readonly invalidatedAt = new Map<string, number>();
  /** Counts invalidations. */
  moment = 0;

  live(key: string, now: number): PlainEntry | undefined {
    const entry = this.entries.get(key);
    if (entry !== undefined && entry.expiresAt <= now) this.entries.delete(key);
    return this.entries.get(key);
  }

  invalidated(tags: readonly string[]): void {
    this.moment++;
    for (const tag of tags) this.invalidatedAt.set(tag, this.moment);
  }

  isOlder({ madeAt }: PlainEntry, tags: readonly string[]): boolean {
    return tags.some((tag) => (this.invalidatedAt.get(tag) ?? 0) > madeAt);
  }

  carriers(tags: readonly string[], now: number): string[] {
    return [...this.entries.keys()].filter((key) => tags.some((tag) => this.live(key, now)?.tags.has(tag)));
  }

  /** The sources changed: kills all that depends on them; how many lived. */
  cascade(sources: Iterable<string>, now: number): number {
    const reached = new Set(sources);
    let died = 0;
    for (const source of reached) {
      for (const dependent of this.dependents(source)) {
        if (reached.has(dependent)) continue;
        reached.add(dependent);
        if (this.live(dependent, now) !== undefined) died++;
        this.entries.delete(dependent);
      }
    }
    return died;
  }

  sourcesOf(key: string): string[] {
    return [...this.edges].filter(([, dependents]) => dependents.has(key)).map(([source]) => source);
  }

  private *dependents(source: string): Iterable<string> {
    yield* this.edges.get(source) ?? [];
    for (const [key, { sources }] of [...this.entries]) if (sources.has(source)) yield key;
  }
}
