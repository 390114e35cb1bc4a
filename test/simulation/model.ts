/**
 * The plain model: versions and floors (FAULTS.md 8). One counter, `tick`, orders everything that is asked. A value that was
 * written may be read until something later that ends it was acknowledged: each value knows the last tick at which it may
 * have become current (`until`), each key the tick of the newest acknowledged end of all before it (`floor`).
 * Only what is sure raises a floor; a miss is always allowed, except where the newest value must be there (`sure`).
 */
export interface Written {
  until: number;
  /** Not served at or after this moment, ms; Infinity: never, or not known. */
  expiresAt: number;
}

/** What a key surely holds, if it holds anything. */
export interface Holding {
  readonly text: string;
  readonly tags: Set<string>;
  readonly sources: ReadonlySet<string>;
  /** The tick of the write that made it. */
  readonly madeAt: number;
  /** It must be there: nothing could have taken it. */
  sure: boolean;
}

export class Key {
  readonly written = new Map<string, Written>();
  floor = 0;
  /** Floors that begin later: what was softly invalidated is over when its grace is. */
  later: { tick: number; atMs: number }[] = [];
  /** The tick of the last change that hit it only if it was what it was taken for: a fill may be newer than it looks. */
  perhapsHitAt = 0;
  /** Restarts before it was last seen. */
  seenIn = -1;
  holding: Holding | null = null;
  /** Changes under way whose moment is not known. */
  uncertain = 0;
  /** Counts every change that was asked for. */
  changes = 0;

  constructor(readonly name: string) {}
}

/** Of tags without placeholders. */
export interface Rule {
  on: string;
  invalidate: readonly string[];
  soft: boolean;
}

/** The node's number of databases that schedules use. */
export const DATABASES_USED = 3;

export class Model {
  tick = 1;
  /** By logical database. */
  dbs: Map<string, Key>[] = Array.from({ length: DATABASES_USED }, () => new Map());
  /** `db source` -> dependents, acknowledged and not taken back. */
  readonly edges = new Map<string, Set<string>>();
  /** The tick at which each tag was last invalidated, or may have been. */
  readonly tagsEndedAt = new Map<string, number>();
  /** The tick of the newest acknowledged invalidation of each tag. */
  readonly tagFloors = new Map<string, number>();
  /** By name. */
  readonly rules = new Map<string, Rule>();
  /** Counts what makes a reach, worked out before, unsure: edges or tags taken off, databases exchanged. */
  loosened = 0;
  /** The same as `edges` and all that ever was or may be: who may die that need not. */
  private readonly edgesEver = new Map<string, Set<string>>();

  constructor(
    readonly names: readonly string[],
    /** Tags and sources of a key's template. */
    readonly template: (name: string) => { tags: readonly string[]; sources: readonly string[] },
  ) {}

  key(db: number, name: string): Key {
    let key = this.dbs[db]!.get(name);
    if (key === undefined) this.dbs[db]!.set(name, (key = new Key(name)));
    return key;
  }

  /** A value that may be current from now on. */
  write(key: Key, text: string, until: number, expiresAt: number): Written {
    const old = key.written.get(text);
    const written = { until: Math.max(until, old?.until ?? 0), expiresAt };
    key.written.set(text, written);
    return written;
  }

  /** What was acknowledged ends every value of the key that became current before `tick`. */
  raise(key: Key, tick: number): void {
    key.floor = Math.max(key.floor, tick);
  }

  /** The same from that moment on. */
  raiseLater(key: Key, tick: number, atMs: number): void {
    key.later.push({ tick, atMs });
  }

  /** The floor of who asks at that moment. */
  floorOf(key: Key, nowMs: number): number {
    for (const { tick, atMs } of key.later) if (atMs <= nowMs) this.raise(key, tick);
    if (key.later.length > 0) key.later = key.later.filter(({ atMs }) => atMs > nowMs);
    return key.floor;
  }

  /** Which tags die and which become stale with these, as the rules say. */
  expand(tags: readonly string[], softly: boolean): { hard: Set<string>; soft: Set<string> } {
    const hard = new Set(softly ? [] : tags);
    const soft = new Set(softly ? tags : []);
    const line = [...tags];
    for (const tag of line) {
      for (const rule of this.rules.values()) {
        if (rule.on !== tag) continue;
        for (const added of rule.invalidate) {
          if (!hard.has(added) && !soft.has(added)) line.push(added);
          if (!softly && !rule.soft) hard.add(added);
          else soft.add(added);
        }
      }
    }
    for (const tag of hard) soft.delete(tag);
    return { hard, soft };
  }

  /** Texts whose time is known to be over. */
  expired(key: Key, nowMs: number): Set<string> {
    const texts = new Set<string>();
    for (const [text, { expiresAt }] of key.written) if (expiresAt <= nowMs) texts.add(text);
    return texts;
  }

  /** Why the text may not be read, or ''. `expired`: what was over when it was asked for. */
  verdict(key: Key, floor: number, askedAtMs: number, text: string, expired: ReadonlySet<string>): string {
    const written = key.written.get(text);
    if (written === undefined) return 'invented: it was never written to this key';
    if (written.until < floor) return `old: may be current until ${written.until}, but the floor was ${floor}`;
    if (expired.has(text) && written.expiresAt <= askedAtMs)
      return `expired at ${written.expiresAt}, asked at ${askedAtMs}`;
    return '';
  }

  /**
   * Keys that a change of `name` surely reaches through dependencies. A chain through a bound edge goes on only if the value
   * in between must be there; `carefully`: only declared chains and the first bound edge.
   */
  reached(db: number, name: string, carefully: boolean): Set<string> {
    const found = new Set<string>();
    const line = [name];
    for (const source of line) {
      for (const dependent of this.edges.get(`${db} ${source}`) ?? []) {
        if (found.has(dependent)) continue;
        found.add(dependent);
        line.push(dependent);
      }
    }
    // Bound ones: from each source that surely counts as changed.
    for (const source of line) {
      for (const other of this.names) {
        if (other === name || line.includes(other)) continue;
        const held = this.key(db, other).holding;
        const bound = held?.sources.has(source) ?? false;
        if (!bound && !this.template(other).sources.includes(source)) continue;
        found.add(other);
        if (bound && held!.sure && !carefully) line.push(other);
      }
    }
    found.delete(name);
    return found;
  }

  edgeMayBe(db: number, source: string, dependent: string): void {
    addTo(this.edgesEver, `${db} ${source}`, dependent);
  }

  edgeIs(db: number, source: string, dependent: string): void {
    addTo(this.edges, `${db} ${source}`, dependent);
  }

  edgeIsNot(db: number, source: string, dependent: string): void {
    this.edges.get(`${db} ${source}`)?.delete(dependent);
  }

  /** Whatever a change of `name` may reach: nothing there must be there any more. */
  shake(db: number, name: string): void {
    const line = [name];
    for (const source of line) {
      const ever = this.edgesEver.get(`${db} ${source}`);
      for (const other of this.names) {
        if (line.includes(other)) continue;
        const { holding } = this.key(db, other);
        if (ever?.has(other) || holding === null || holding.sources.has(source)) line.push(other);
      }
    }
    for (const other of line) {
      const { holding } = this.key(db, other);
      if (holding !== null && other !== name) holding.sure = false;
    }
  }

  /** Keys of all databases that surely carry one of the tags, or whose template does. */
  carriers(tags: readonly string[]): { db: number; key: Key }[] {
    const found: { db: number; key: Key }[] = [];
    for (let db = 0; db < DATABASES_USED; db++) {
      for (const name of this.names) {
        const key = this.key(db, name);
        const own = key.holding?.tags;
        const fromTemplate = this.template(name).tags;
        if (tags.some((tag) => own?.has(tag) || fromTemplate.includes(tag))) found.push({ db, key });
      }
    }
    return found;
  }

  /** The process died: what was under way may have happened or not; what waited for nothing is as it was said. */
  crashed(hasDisk: boolean): void {
    if (!hasDisk) this.edges.clear();
    if (!hasDisk) this.rules.clear();
    for (const [tag, at] of this.tagsEndedAt) if (at > this.tick) this.tagsEndedAt.set(tag, this.tick);
    for (const db of this.dbs) {
      for (const key of db.values()) {
        key.uncertain = 0;
        for (const written of key.written.values()) {
          if (written.until === PENDING) written.until = this.tick;
        }
        if (!hasDisk) key.holding = null;
        else if (key.holding !== null) key.holding.sure = false;
      }
    }
  }
}

function addTo(table: Map<string, Set<string>>, name: string, member: string): void {
  const members = table.get(name);
  if (members === undefined) table.set(name, new Set([member]));
  else members.add(member);
}

/** `until` of a value whose moment is not known yet; not Infinity, which means that the origin still has it. */
export const PENDING = Number.MAX_SAFE_INTEGER;
