import { type Bytes, bytesOf, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import type { World } from '../base/world';
import type { Epochs } from '../invalidation/epochs';
import type { Graph } from '../invalidation/graph';
import type { Tags } from '../invalidation/tags';
import type { DiskLayer } from '../layers/disk/disk-layer';
import type { MemoryLayer } from '../layers/memory/memory-layer';
import { BOUND, DIRTY, ON_DISK, MARK as READING, RESIDENT } from '../layers/memory/record';
import type { Cascading } from './cascading';
import { Causes } from './causes';
import { Changes } from './changes';
import { Counters, type Loss } from './counters';
import { Databases, PHYSICAL_DATABASES } from './databases';
import type { Families } from './families';
import { DEAD, FRESH, Graces, STALE } from './graces';
import { LoadCosts } from './load-costs';
import { Losing } from './losing';
import { Losses } from './losses';
import type { Probe } from './probe';
import { Rules, type RulesParts } from './rules';

/** Bytes an entry takes beside its key and value, for asking whether there is room before there is an entry. */
const ENTRY_OVERHEAD_BYTES = 80;

/** About what a stub takes: record, index, a short key. */
const STUB_BYTES = 96;
const STUBS_SHARE_MAX = 0.5;
/** Names waiting to go off the disk's record; beyond it they stay there, which costs only room. */
const FORGOTTEN_TAGS_MAX = 1_000_000;
/** Saved among the edges, under numbers that no database has: keys changed while the directory is read, by database. */
const CHANGED_DATABASES = 128;
/** The same, for one row: that there may be values bound to sources. */
const BOUND_ROWS = 255;
/** Tag records dropped at once. */
const FORGET_STEP = 500;

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
  /** Set by the engine before anything is asked. */
  cascading!: Cascading;
  /** Null without a disk layer, and after it had to be given up. */
  disk: DiskLayer | null;
  /** One that had to be given up and could not be removed: what it was told before is still to be committed. */
  stuckDisk: DiskLayer | null = null;
  /** False while the directory is read from disk: a key that is not in it may still be on disk. */
  complete = true;
  /** Undefined once the directory is complete. Throws Fault when too many wait. */
  whenLoaded: () => undefined | Promise<void> = () => undefined;
  /**
   * Values that were bound to sources may be on disk. Their edges come with their rows, so while these are read, the keys
   * that change are remembered on disk too: a crash must not bring back what was made from them.
   */
  private hasBoundRows = false;
  /** Keys that left while the directory is read: rows of theirs that come later are old. */
  readonly leftWhileLoading = new Set<string>();
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
  /** Off the record here, not yet on disk. */
  private readonly forgottenTags: string[] = [];
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
    this.rules = new Rules(this, parts.rules, parts.seed);
    this.tags.onForgotten = (name) => {
      if (this.disk !== null && this.forgottenTags.length < FORGOTTEN_TAGS_MAX) this.forgottenTags.push(name);
    };
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

  /** Live, and not waiting for a refresh. */
  isFresh(slot: number): boolean {
    const { memory } = this;
    const tie = memory.tie(slot);
    if (tie < 0) return this.graces.freshness(slot, tie) === FRESH;
    if (memory.expiresAt(slot) <= this.world.clock.now) return false;
    return tie === 0 || !this.tags.isDead(tie);
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
  tieTo(slot: number, db: number, tags: readonly string[], graceMs: number, refreshable: boolean): void {
    if (tags.length > 0) this.memory.setTie(slot, this.tags.join(slot, tags, db, refreshable));
    if (graceMs <= 0) return;
    this.graces.give(slot, graceMs, refreshable);
    if (!refreshable || tags.length === 0) return;
    const soften = (atMs: number, staggerMs: number) => this.graces.soften(slot, atMs, staggerMs);
    this.tags.eachSoftAfter(tags, this.memory.fillEpoch(slot), soften);
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
    if (this.disk !== null) this.forgetOnDisk(slot, db, reason);
    if (memory.flag(slot, BOUND)) this.unbindLeaving(db, this.keySpan);
    this.losing.left(slot, db, this.keySpan, reason, by);
    if (reason === 'expired') this.counters.expired++;
  }

  private forgetOnDisk(slot: number, db: number, reason: Loss): void {
    const { memory, disk } = this;
    if (!this.complete) this.leftWhileLoading.add(nameOf(db, this.keySpan));
    if (memory.flag(slot, READING)) this.voidRead(db, latin1(this.keySpan));
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
    if (!this.changes.isHeld) return;
    this.changes.record(hash, this.epochs.batch());
    this.onChanged(hash);
    if (!this.complete && this.hasBoundRows) this.disk?.edge(true, CHANGED_DATABASES + db, latin1(key), '');
  }

  private hashIfHeld(db: number, key: Bytes): number {
    return this.changes.isHeld ? this.memory.hashKey(db, key) : 0;
  }

  /** From here on keys may be on disk that the directory does not know yet. */
  beginLoading(): void {
    if (!this.complete) return;
    this.complete = false;
    this.changes.hold();
  }

  /** An edge as it was saved: a declared one, or what else is kept among them. */
  loadEdge(db: number, source: string, dependent: string): void {
    if (db === BOUND_ROWS) this.hasBoundRows = true;
    else if (db >= CHANGED_DATABASES) {
      this.changes.record(this.memory.hashKey(db - CHANGED_DATABASES, bytesOf(source)), this.epochs.current);
    } else this.graph.add(db, bytesOf(dependent), bytesOf(source), false);
  }

  /** Into a new file: that there may be rows with sources. */
  saveBoundRows(): void {
    if (this.hasBoundRows) this.disk?.edge(true, BOUND_ROWS, '', '');
  }

  endLoading(): void {
    if (this.complete) return;
    this.complete = true;
    if (this.disk !== null) this.disk.defersKills = true;
    // Every row is known, and those that had to die did.
    if (this.hasBoundRows)
      for (let db = 0; db < PHYSICAL_DATABASES; db++) this.disk?.clearEdges(CHANGED_DATABASES + db);
    this.leftWhileLoading.clear();
    this.changes.release();
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
    this.leftWhileLoading.add(nameOf(db, key));
    this.disk.kill(db, key, this.epochs.next());
    this.voidRead(db, latin1(key));
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
    if (memory.flag(slot, READING)) this.voidRead(db, latin1(key));
    if (memory.flag(slot, ON_DISK)) {
      disk.kill(db, key, this.epochs.next());
      memory.setFlag(slot, ON_DISK, false);
    }
  }

  hasRoom(keyBytes: number, valueBytes: number): boolean {
    return this.memory.usedBytes + keyBytes + valueBytes + ENTRY_OVERHEAD_BYTES <= this.memory.maxMemoryBytes;
  }

  /** Makes room for so many bytes of key and value. Throws the OOM fault if nothing may leave. */
  makeRoom(keyBytes: number, valueBytes: number): void {
    const { memory } = this;
    if (this.hasRoom(keyBytes, valueBytes)) return;
    const need = keyBytes + valueBytes + ENTRY_OVERHEAD_BYTES;
    if (need > memory.maxMemoryBytes) throw OUT_OF_MEMORY;
    while (memory.usedBytes + need > memory.maxMemoryBytes) if (!this.evictOne()) throw OUT_OF_MEMORY;
  }

  /**
   * Lets one entry go: a resident that also rests on disk stays in the directory as a stub, unless stubs already take
   * their share; then the oldest stub goes.
   */
  evictOne(): boolean {
    const { memory } = this;
    if (this.stubsOverShare()) return this.evictStub();
    const slot = memory.victim();
    if (slot === 0) return this.evictStub();
    this.evict(slot);
    return true;
  }

  /** Stubs may take half of the memory: beyond that, keys of values on disk would push out values. */
  stubsOverShare(): boolean {
    const { memory } = this;
    return memory.eviction.stubs.size * STUB_BYTES > memory.maxMemoryBytes * STUBS_SHARE_MAX;
  }

  private evict(slot: number): void {
    const { memory, counters } = this;
    if (this.disk !== null && memory.flag(slot, ON_DISK) && !memory.flag(slot, DIRTY) && this.isLive(slot)) {
      memory.dropValue(slot);
      counters.demoted++;
      return;
    }
    counters.evicted++;
    this.probe.evicted(slot);
    this.remove(slot, 'evicted');
  }

  private evictStub(): boolean {
    const slot = this.memory.stubVictim();
    if (slot === 0) return false;
    this.counters.stubsEvicted++;
    this.counters.evicted++;
    this.remove(slot, 'evicted');
    return true;
  }

  /** Ties the value to the keys it was made from; they go when it goes. */
  bind(slot: number, db: number, key: Bytes, sources: readonly string[]): void {
    this.memory.setFlag(slot, BOUND, true);
    if (!this.hasBoundRows) {
      this.hasBoundRows = true;
      this.saveBoundRows();
    }
    for (const source of sources) this.graph.add(this.dbs.numberOf(db), key, bytesOf(source), true);
  }

  /** Edges are named by database number, so a flushed entry shares them with its successor of the same name. */
  private unbindLeaving(db: number, key: Bytes): void {
    const number = this.dbs.numberOf(db);
    if (this.dbs.isDying(db)) {
      const successor = this.memory.find(this.dbs.of(number), key);
      if (successor !== 0 && this.memory.flag(successor, BOUND)) return;
    }
    this.graph.removeBound(number, key);
  }

  unbind(slot: number, db: number, key: Bytes): void {
    if (!this.memory.flag(slot, BOUND)) return;
    this.graph.removeBound(this.dbs.numberOf(db), key);
    this.memory.setFlag(slot, BOUND, false);
  }

  /** DEPDEL takes edges that a value is bound by as well. */
  checkBound(db: number, key: Bytes): void {
    const slot = this.memory.find(this.dbs.of(db), key);
    if (slot !== 0 && this.boundSources(slot).length === 0) this.memory.setFlag(slot, BOUND, false);
  }

  boundSources(slot: number): string[] {
    if (!this.memory.flag(slot, BOUND)) return [];
    this.memory.keyView(slot, this.keySpan);
    return this.graph.boundSources(this.dbs.numberOf(this.memory.dbOf(slot)), this.keySpan);
  }

  /**
   * All dead members are gone, and the deletes of their rows are on their way: tags that went off the record may now go off
   * the disk's. While there are entries, a tag's epoch is kept (TAGADD may ask for it) up to idle-tags-max.
   */
  forgetTags(): void {
    const { tags, disk } = this;
    if (!this.complete) return;
    if (this.memory.records.used === 0 && !this.changes.isHeld) tags.forget(this.epochs.current, FORGET_STEP);
    for (const name of this.forgottenTags.splice(0))
      if (tags.hardEpoch(name) === 0 && tags.softEpoch(name) === 0) disk?.forgetTag(name);
  }

  /** Softly invalidated, or expired and within its grace: still an answer, but one to refresh. */
  isStale(slot: number): boolean {
    return slot !== 0 && !this.isFresh(slot);
  }

  /** Whether the value bytes are in memory. */
  isResident(slot: number): boolean {
    return this.memory.flag(slot, RESIDENT);
  }
}

export const OUT_OF_MEMORY = new Fault("OOM command not allowed when used memory > 'maxmemory'.");

function latin1(key: Bytes): string {
  return key.buf.toString('latin1', key.start, key.end);
}

/** One string per (physical database, key). */
export function nameOf(db: number, key: Bytes): string {
  return String.fromCharCode(db) + latin1(key);
}
