import { GRACE_MS, GRACED_KINDS, type KeySpace } from './key-space';
import { versionIn } from './values';

/** What must hold; FAULTS' numbers. I7 to I9 are about several nodes. */
export const INVARIANTS = {
  I1: 'no value older than what was acknowledged before the read was sent',
  I2: 'no value that nobody wrote, of another key, or from the future',
  I3: 'one reply for one request, in order, in time',
  I4: 'I1 for all that a tag, a rule or the graph reaches',
  I5: 'I1 after kill -9',
  I6: 'I1 with a disk that failed',
  I10: 'what is not there is loaded; reads are served from the cache',
  I11: 'the origin is asked no more often than there was reason to',
  I12: 'WHY names a reason for what is not there',
} as const;
export type Invariant = keyof typeof INVARIANTS;

export interface Violation {
  invariant: Invariant;
  text: string;
}

/** How a write reaches a key: by its name, or through a tag, a rule or an edge. */
export type Reach = 'name' | 'tag';

/** A write under way: the versions that it gave to the keys it reaches. */
export interface Write {
  readonly what: string;
  readonly versions: ReadonlyMap<number, number>;
  /** Keys whose floor its acknowledgement cannot raise: a store without a fence overlapped it. */
  readonly overlapped: Set<number>;
  readonly named: ReadonlySet<number>;
  /** Soft: what has a grace becomes stale within so long, ms. Else NaN. */
  readonly softMs: number;
  /** The key that it stores, or -1. */
  readonly stores: number;
}

interface Floor {
  version: number;
  reach: Reach;
  ackedMs: number;
  /** How often the server had been killed when it was acknowledged. */
  kills: number;
  what: string;
}

interface LaterFloor extends Floor {
  dueMs: number;
}

const NO_FLOOR: Floor = { version: 0, reach: 'name', ackedMs: 0, kills: 0, what: 'nothing' };
/** The server's clock stands still during one turn of its loop, and counts whole milliseconds. */
const CLOCK_SLACK_MS = 25;
const HISTORY_OPS = 24;

/**
 * Versions and floors. A write takes the next version of every key it reaches, then is sent; its acknowledgement raises
 * their floors. A read may not be given less than the floor was when it was sent. One clock, one writer of versions: so one
 * comparison a read is enough.
 */
export class Book {
  readonly versions: Int32Array;
  readonly violations: Violation[] = [];
  readonly counts = new Map<Invariant, number>();
  kills = 0;
  private bornMs = 0;
  hadDiskFault = false;
  /** Writes that reached the key, acknowledged or not: each is a reason to load it anew. */
  readonly writesOf: Int32Array;
  /** The life of the server, from 1, in which a read of the key was given a value last. */
  private readonly seenInLife: Int32Array;
  private readonly floors: Floor[];
  private readonly later: (LaterFloor[] | undefined)[];
  private readonly open = new Set<Write>();
  private readonly storing = new Map<number, Write>();
  private readonly history: (string[] | undefined)[];

  constructor(
    readonly space: KeySpace,
    readonly now: () => number,
  ) {
    const count = space.keys.length;
    this.versions = new Int32Array(count).fill(1);
    this.writesOf = new Int32Array(count);
    this.seenInLife = new Int32Array(count);
    this.floors = Array<Floor>(count).fill(NO_FLOOR);
    this.later = new Array(count);
    this.history = new Array(count);
  }

  // --- writes --------------------------------------------------------------------------------------------------------

  /** Whether a store of this key is under way; two at once have no order. */
  isStoring(key: number): boolean {
    return this.storing.has(key);
  }

  /** Before it is sent. `keys` are all that it reaches, `named` those that it names itself. */
  begin(what: string, keys: readonly number[], named: readonly number[], stores = -1, softMs = Number.NaN): Write {
    const versions = new Map<number, number>();
    const overlapped = new Set<number>();
    for (const key of keys) {
      if (versions.has(key)) continue;
      versions.set(key, ++this.versions[key]!);
      this.writesOf[key]!++;
      if (key !== stores && this.storing.has(key)) overlapped.add(key);
      this.note(key, `${what} sent as version ${this.versions[key]}`);
    }
    const write: Write = { what, versions, overlapped, named: new Set(named), softMs, stores };
    if (stores >= 0) {
      for (const other of this.open) if (other.versions.has(stores)) other.overlapped.add(stores);
      this.storing.set(stores, write);
    }
    this.open.add(write);
    return write;
  }

  /** After this no read may be given anything older. */
  acknowledged(write: Write): void {
    this.end(write, 'acknowledged');
    const ackedMs = this.now();
    for (const [key, version] of write.versions) {
      if (write.overlapped.has(key)) continue;
      const reach: Reach = write.named.has(key) ? 'name' : 'tag';
      const floor: Floor = { version, reach, ackedMs, kills: this.kills, what: write.what };
      const isSpared = write.softMs >= 0 && GRACED_KINDS.has(this.space.keys[key]!.kind);
      if (isSpared) this.raiseLater(key, floor, write.softMs);
      else if (version > this.floors[key]!.version) this.floors[key] = floor;
    }
  }

  /** No acknowledgement: either outcome is allowed. */
  failed(write: Write, why: string): void {
    this.end(write, `failed (${why})`);
  }

  // --- reads ---------------------------------------------------------------------------------------------------------

  /** To be asked before the read is sent. */
  floorOf(key: number): number {
    const waiting = this.later[key];
    if (waiting !== undefined) this.raiseDue(key, waiting);
    return this.floors[key]!.version;
  }

  /** Judges what came; returns its version. `floor` is what `floorOf` said, `sentMs` when. */
  judge(key: number, floor: number, sentMs: number, value: string, how: string): number {
    const version = versionIn(value, this.space.keys[key]!.name);
    this.note(key, `${how} sent at ${sentMs.toFixed(1)} gave ${Number.isNaN(version) ? value.slice(0, 60) : version}`);
    if (Number.isNaN(version)) this.violate('I2', key, `not a value of it: ${JSON.stringify(value.slice(0, 80))}`);
    else if (version > this.versions[key]!)
      this.violate('I2', key, `version ${version} where the newest is ${this.versions[key]}`);
    else if (version < floor) this.violateFloor(key, version, floor, sentMs, how);
    else if (sentMs >= this.bornMs) this.seenInLife[key] = this.kills + 1;
    return version;
  }

  /** Whether it was there in this life of the server. */
  wasSeen(key: number): boolean {
    return this.seenInLife[key] === this.kills + 1;
  }

  violate(invariant: Invariant, key: number, text: string): void {
    const before = this.counts.get(invariant) ?? 0;
    this.counts.set(invariant, before + 1);
    if (before >= 3) return;
    const name = this.space.keys[key]?.name ?? '';
    const operations = this.history[key]?.map((line) => `      ${line}`).join('\n') ?? '';
    this.violations.push({ invariant, text: `${invariant} ${name}: ${text}${operations && `\n${operations}`}` });
  }

  /** Remembers the newest operations on the key, for whoever reads of a violation. */
  note(key: number, line: string): void {
    const lines = (this.history[key] ??= []);
    lines.push(`${this.now().toFixed(1)} ms: ${line}`);
    if (lines.length > HISTORY_OPS) lines.shift();
  }

  killed(): void {
    this.kills++;
    this.bornMs = this.now();
    this.noteAll('kill -9');
  }

  noteAll(line: string): void {
    for (let key = 0; key < this.history.length; key++) if (this.history[key] !== undefined) this.note(key, line);
  }

  private violateFloor(key: number, version: number, floor: number, sentMs: number, how: string): void {
    const cause = this.floors[key]!;
    const invariant = this.hadDiskFault ? 'I6' : cause.kills < this.kills ? 'I5' : cause.reach === 'tag' ? 'I4' : 'I1';
    this.violate(
      invariant,
      key,
      `${how} sent at ${sentMs.toFixed(1)} ms gave version ${version} where ${floor} was acknowledged; now the floor is ` +
        `${cause.version} (${cause.what}, acknowledged at ${cause.ackedMs.toFixed(1)} ms), the newest ${this.versions[key]}`,
    );
  }

  private raiseLater(key: number, floor: Floor, softMs: number): void {
    const dueMs = floor.ackedMs + softMs + GRACE_MS + CLOCK_SLACK_MS;
    const waiting = (this.later[key] ??= []);
    waiting.push({ ...floor, dueMs });
  }

  private raiseDue(key: number, waiting: LaterFloor[]): void {
    const now = this.now();
    const due = waiting.filter(({ dueMs }) => dueMs <= now);
    if (due.length === 0) return;
    this.later[key] = waiting.filter(({ dueMs }) => dueMs > now);
    for (const floor of due) if (floor.version > this.floors[key]!.version) this.floors[key] = floor;
  }

  private end(write: Write, how: string): void {
    this.open.delete(write);
    if (write.stores >= 0) this.storing.delete(write.stores);
    for (const [key, version] of write.versions) this.note(key, `${write.what} version ${version} ${how}`);
  }
}
