import { type Bytes, latin1Of, Span } from '../base/bytes';
import { nameOf } from '../base/key-name';
import type { World } from '../base/world';
import type { Epochs } from '../invalidation/epochs';
import type { Graph } from '../invalidation/graph';
import type { Tags } from '../invalidation/tags';
import type { DiskLayer } from '../layers/disk/disk-layer';
import type { MemoryLayer } from '../layers/memory/memory-layer';
import { BOUND, ON_DISK, MARK as READING, RESIDENT } from '../layers/memory/record';
import { BoundSources } from './bound-sources';
import type { Cascading } from './cascading';
import { Causes } from './causes';
import { Changes } from './changes';
import { Counters, type Loss } from './counters';
import { Databases } from './databases';
import type { Families } from './families';
import { DEAD, DUE, FRESH, Graces, STALE } from './graces';
import { LoadCosts } from './load-costs';
import { Losing } from './losing';
import { Losses } from './losses';
import type { Notices } from './notices';
import type { Probe } from './probe';
import { Recovery } from './recovery';
import { Room } from './room';
import { Rules, type RulesParts } from './rules';

export interface CoreParts {
  world: World;
  memory: MemoryLayer;
  tags: Tags;
  graph: Graph;
  epochs: Epochs;
  disk: DiskLayer | null;
  families: Families;
  /** Absent: no rules yet, and every write has the tag of its type and id. */
  rules?: RulesParts;
  probe: Probe;
  seed: number;
  /** Lost keys remembered for WHY. */
  whyKeysMax?: number;
}

/**
 * What all of the engine's operations share: the indexes, and the few moves on one entry that must always be made whole.
 * An entry leaves in exactly one way (`forget`, then the memory layer frees it), whatever the reason, so that tags, edges,
 * disk row and pending reads never disagree with the directory.
 */
export class Core {
  readonly world: World;
  readonly memory: MemoryLayer;
  readonly tags: Tags;
  readonly graph: Graph;
  readonly epochs: Epochs;
  readonly families: Families;
  readonly probe: Probe;
  readonly counters = new Counters();
  readonly changes: Changes;
  readonly dbs = new Databases();
  readonly causes: Causes;
  readonly losses: Losses;
  readonly losing: Losing;
  readonly costs = new LoadCosts();
  readonly graces: Graces;
  readonly rules: Rules;
  readonly room: Room;
  readonly sources: BoundSources;
  readonly recovery: Recovery;
  /** Set by the engine before anything is asked. */
  cascading!: Cascading;
  /** Who is told that keys changed; null while nobody cares. */
  noticing: Notices | null = null;
  /** Null without a disk layer, and after it had to be given up. */
  disk: DiskLayer | null;
  /** One that had to be given up and could not be removed: what it was told before is still to be committed. */
  stuckDisk: DiskLayer | null = null;
  /** False while the directory is read from disk: a key that is not in it may still be on disk. */
  complete = true;
  /** Undefined once the directory is complete. Throws Fault when too many wait. */
  whenLoaded: () => undefined | Promise<void> = () => undefined;
  /** Hears of every entry with tags or grace just before it leaves. */
  leaving: (slot: number) => void = () => {};
  /** Called when a pending disk read of this entry must not be believed any more. */
  voidRead: (db: number, key: string) => void = () => {};
  /** A load of the key is over, whatever came of it. */
  loadEnded: (db: number, key: Buffer) => void = () => {};
  /** Hears of every noted change of a key, with its hash. */
  onChanged: (hash: number) => void = () => {};
  /** False: a file that can be neither used nor removed would bring back what is overwritten, deleted or invalidated now. */
  durabilityChanged: (isDurable: boolean) => void = () => {};
  /** Queues the entry for write-behind. */
  queueWrite: (slot: number) => void = () => {};
  private readonly keySpan = new Span(Buffer.alloc(0));

  constructor(parts: CoreParts) {
    this.world = parts.world;
    this.memory = parts.memory;
    this.tags = parts.tags;
    this.graph = parts.graph;
    this.epochs = parts.epochs;
    this.disk = parts.disk;
    this.families = parts.families;
    this.probe = parts.probe;
    this.changes = new Changes(parts.world.clock);
    this.graces = new Graces(parts.memory, parts.tags, parts.world.clock);
    this.causes = new Causes(() => this.world.clock.now + this.world.clock.wallOffsetMs);
    this.losses = new Losses(parts.seed, parts.world.random, parts.whyKeysMax);
    this.losing = new Losing(this);
    this.room = new Room(this);
    this.sources = new BoundSources(this);
    this.recovery = new Recovery(this);
    this.rules = new Rules(this, parts.rules, parts.seed);
  }

  get now(): number {
    return this.world.clock.now;
  }

  /** The one liveness test: fresh, or stale and to be refreshed by its loader. */
  isLive(slot: number): boolean {
    const { memory } = this;
    const tie = memory.tie(slot);
    if (tie < 0) return this.graces.freshness(slot, tie) <= STALE;
    if (memory.expiresAt(slot) <= this.world.clock.now) return false;
    return tie === 0 || !this.tags.isDead(tie);
  }

  /** Live, and not stale. */
  isFresh(slot: number): boolean {
    const tie = this.memory.tie(slot);
    return tie < 0 ? this.graces.freshness(slot, tie) <= DUE : this.isLive(slot);
  }

  /** Fresh, and not due for a refresh either: there is nothing to do but to serve it. */
  isPlain(slot: number): boolean {
    const { memory } = this;
    const tie = memory.tie(slot);
    if (tie < 0) return this.graces.freshness(slot, tie) === FRESH;
    if (memory.expiresAt(slot) <= this.world.clock.now) return false;
    return tie === 0 || !this.tags.isDead(tie);
  }

  /** Softly invalidated, or expired and within its grace: still an answer, but one to refresh. */
  isStale(slot: number): boolean {
    return slot !== 0 && !this.isFresh(slot);
  }

  /** Whether the value bytes are in memory. */
  isResident(slot: number): boolean {
    return this.memory.flag(slot, RESIDENT);
  }

  /** The live entry's slot; one that is found dead leaves at once. `db` is physical. */
  findLive(db: number, key: Bytes): number {
    const slot = this.findServable(db, key);
    return slot !== 0 && this.isLive(slot) ? slot : 0;
  }

  /** As findLive; also an entry that expired without a loader, within its grace: for leases and for what kills. */
  findServable(db: number, key: Bytes): number {
    const { memory } = this;
    const slot = memory.find(db, key);
    if (slot === 0 || this.isLive(slot)) return slot;
    const tie = memory.tie(slot);
    if (tie < 0 && this.graces.freshness(slot, tie) !== DEAD) return slot;
    this.remove(slot, this.tags.isDead(this.memberOf(slot)) ? 'invalidated' : 'expired');
    return 0;
  }

  /** Live, or lapsed. */
  isServable(slot: number): boolean {
    const tie = this.memory.tie(slot);
    return tie < 0 ? this.graces.freshness(slot, tie) !== DEAD : this.isLive(slot);
  }

  /** Its membership in tags, 0 without. */
  memberOf(slot: number): number {
    const tie = this.memory.tie(slot);
    return tie < 0 ? this.graces.memberOf(tie) : tie;
  }

  setMember(slot: number, member: number): void {
    const tie = this.memory.tie(slot);
    if (tie < 0) this.graces.setMember(tie, member);
    else this.memory.setTie(slot, member);
  }

  /** Tags and grace of a new value. */
  tieTo(slot: number, db: number, tags: readonly string[], graceMs: number, refreshable: boolean, aheadMs = 0): void {
    if (tags.length > 0) this.memory.setTie(slot, this.tags.join(slot, tags, db, refreshable));
    if (graceMs <= 0 && aheadMs <= 0) return;
    this.graces.give(slot, graceMs, refreshable, aheadMs);
    if (refreshable) this.softenSince(slot, tags);
  }

  /** Soft invalidations that came after the making of its value began. */
  private softenSince(slot: number, tags: readonly string[]): void {
    if (tags.length === 0) return;
    const soften = (atMs: number, staggerMs: number) => this.graces.soften(slot, atMs, staggerMs);
    this.tags.eachSoftAfter(tags, this.memory.fillEpoch(slot), soften);
  }

  /** The value was found to be right by what began at `epoch`: it is fresh again until `expiresAt`. */
  renew(slot: number, epoch: number, expiresAt: number, aheadMs: number): void {
    const { memory, graces } = this;
    // A row that ends too early is only a miss after a restart; one that ends too late would be a lie.
    if (expiresAt < graces.freshUntil(slot)) {
      memory.keyView(slot, this.keySpan);
      this.supersede(slot, memory.dbOf(slot), this.keySpan);
    }
    memory.setFillEpoch(slot, epoch);
    graces.renew(slot, expiresAt, aheadMs);
    if (graces.isRefreshable(slot)) this.softenSince(slot, this.tags.tagsOf(this.memberOf(slot)));
    this.queueWrite(slot);
  }

  /** Takes off tags and grace. */
  untie(slot: number): void {
    const tie = this.memory.tie(slot);
    if (tie === 0) return;
    this.tags.leave(tie < 0 ? this.graces.take(slot) : tie);
    this.memory.setTie(slot, 0);
  }

  /** Clock milliseconds at which it expires, or NEVER; of what is stale, now. */
  expiresAt(slot: number): number {
    const tie = this.memory.tie(slot);
    return tie < 0 ? Math.max(this.graces.freshUntil(slot), this.now) : this.memory.expiresAt(slot);
  }

  /**
   * Takes the entry out of every index but the directory; the caller (or the memory layer) frees it next. `cause` is the
   * number of one; what died through a tag knows it itself.
   */
  forget(slot: number, reason: Loss, cause = 0): void {
    const { memory } = this;
    const db = memory.dbOf(slot);
    memory.keyView(slot, this.keySpan);
    const by = reason === 'invalidated' ? this.tags.causeOf(this.memberOf(slot)) : cause;
    if (memory.tie(slot) !== 0) {
      const member = this.memberOf(slot);
      // What is being made from it must learn that it died, also when nobody finds it dead any more.
      if (this.changes.isHeld && this.tags.isDead(member))
        this.changes.record(memory.hashOf(slot), this.tags.deathOf(member));
      this.leaving(slot);
      this.untie(slot);
    }
    if (this.noticing !== null) this.noticing.changed(db, this.keySpan);
    if (this.disk !== null) this.forgetOnDisk(slot, db, reason);
    if (memory.flag(slot, BOUND)) this.sources.leave(db, this.keySpan);
    this.losing.left(slot, db, this.keySpan, reason, by);
    if (reason === 'expired') this.counters.expired++;
  }

  private forgetOnDisk(slot: number, db: number, reason: Loss): void {
    const { memory, disk } = this;
    if (!this.complete) this.recovery.left.add(nameOf(db, this.keySpan));
    if (memory.flag(slot, READING)) this.voidRead(db, latin1Of(this.keySpan));
    // A flushed database's rows die by the flush record; rows of an invalidated tag by the tag's epoch, which the disk
    // layer keeps until these deletes are committed; an expired row is dead by its own expiry. Everything else must be
    // durable before the reply.
    if (reason === 'flushed') return;
    if (!memory.flag(slot, ON_DISK) && this.complete) return;
    const version = this.epochs.next();
    if (reason === 'expired' || reason === 'invalidated') disk!.deleteRow(db, this.keySpan, version);
    else disk!.kill(db, this.keySpan, version);
  }

  /** The key was written, deleted or invalidated: whatever is being made of it, or from it, is overtaken. */
  changed(db: number, key: Bytes, hash = this.hashIfHeld(db, key)): void {
    this.overtaken(db, key, hash);
    if (this.noticing !== null) this.noticing.changed(db, key);
  }

  /** The same of a key that is deleted or killed, if it is there: that it leaves is told as it leaves. */
  overtaken(db: number, key: Bytes, hash = this.hashIfHeld(db, key)): void {
    if (!this.changes.isHeld) return;
    this.changes.record(hash, this.epochs.batch());
    this.onChanged(hash);
    if (!this.complete) this.recovery.changed(db, key);
  }

  private hashIfHeld(db: number, key: Bytes): number {
    return this.changes.isHeld ? this.memory.hashKey(db, key) : 0;
  }

  /**
   * A key that is not live is written, deleted or killed: what lapsed goes, and while the directory is read, a row of it
   * may be on disk.
   */
  removeUnknown(db: number, key: Bytes): void {
    if (this.graces.size > 0) {
      const lapsed = this.memory.find(db, key);
      if (lapsed !== 0 && !this.isLive(lapsed)) this.remove(lapsed, 'deleted');
    }
    if (this.complete || this.disk === null) return;
    this.recovery.left.add(nameOf(db, key));
    this.disk.kill(db, key, this.epochs.next());
    this.voidRead(db, latin1Of(key));
  }

  remove(slot: number, reason: Loss, cause = 0): void {
    this.forget(slot, reason, cause);
    this.memory.remove(slot);
  }

  /** Killed by name (not through a tag, whose epoch is durable): its disk row must be dead before the reply. */
  killed(slot: number, cause: number): void {
    this.remove(slot, 'killed', cause);
  }

  /** The entry is about to change: what rests on disk, or is on its way from there, is no longer it. */
  supersede(slot: number, db: number, key: Bytes): void {
    const { memory, disk } = this;
    if (disk === null) return;
    if (memory.flag(slot, READING)) this.voidRead(db, latin1Of(key));
    if (memory.flag(slot, ON_DISK)) {
      disk.kill(db, key, this.epochs.next());
      memory.setFlag(slot, ON_DISK, false);
    }
  }
}
