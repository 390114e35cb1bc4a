import type { Bytes } from '../base/bytes';
import type { RuleSpec } from '../base/patterns/tag-rule';
import { DEFAULT_TYPE_LIMITS } from '../types/limits';
import type {
  Causer,
  Dependency,
  EngineApi,
  EntryInfo,
  Explanation,
  FetchOptions,
  InvalidateRequest,
  InvalidationReport,
  RuleInfo,
  ScanOptions,
  SetOptions,
  Slot,
  Value,
} from './api';
import { auditEngine } from './audit';
import { Background } from './background';
import { Cascading } from './cascading';
import { Collections } from './collections';
import { Core } from './core';
import { Depending } from './depending';
import { DirectoryLoader } from './directory';
import { DiskLife } from './disk-life';
import { type EngineParts, FENCE_LIMITS, GATHER_LIMITS, LEASE_LIMITS, tokenFrom } from './engine-parts';
import { Explaining } from './explaining';
import { Fetching } from './filling/fetching';
import { Filling } from './filling/filling';
import { Flushing } from './flushing';
import { Gathering } from './gathering';
import { Housekeeping } from './housekeeping';
import { Invalidating } from './invalidating';
import { Leases } from './leases';
import { Leasing } from './leasing';
import { LongWork } from './long-work';
import { LossNotes } from './loss-notes';
import { MISS_MEMORY_MS, Misses } from './misses';
import { Notices } from './notices';
import { Promoting } from './promoting';
import type { QuietLoads } from './quiet-loads';
import { Reading } from './reading';
import { Scanning } from './scanning';
import { SourceChanges } from './source-changes';
import { swapDatabases } from './swapping';
import { Tagging } from './tagging';
import { Transacting } from './transacting';
import { WriteBehind } from './write-behind';
import { Writing } from './writing';

export type { EngineLimits, EngineParts } from './engine-parts';

/** Misses that were pushed out may count for as long again. */
const MISS_HELD_MS = 2 * MISS_MEMORY_MS;

/** The heart: what `EngineApi` promises, each operation in the part that its file is named after. */
export class Engine implements EngineApi {
  readonly core: Core;
  readonly background: Background;
  readonly reading: Reading;
  readonly writeBehind: WriteBehind;
  readonly filling: Filling;
  readonly promoting: Promoting;
  readonly loader: DirectoryLoader;
  readonly leases: Leases;
  readonly misses: Misses;
  readonly gathering: Gathering;
  private readonly fetching: Fetching;
  readonly notices: Notices;
  readonly transacting: Transacting;
  private readonly leasing: Leasing;
  readonly diskLife: DiskLife;
  private readonly housekeeping: Housekeeping;
  private readonly writing: Writing;
  private readonly invalidating: Invalidating;
  private readonly tagging: Tagging;
  private readonly scanning: Scanning;
  private readonly depending: Depending;
  private readonly flushing: Flushing;
  private readonly explaining: Explaining;
  private readonly lossNotes: LossNotes;
  readonly collections: Collections;

  constructor(parts: EngineParts) {
    const core = new Core(parts);
    this.core = core;
    this.background = new Background(parts.world.clock, parts.world.scheduler, parts.commandsServed);
    this.housekeeping = new Housekeeping(core, this.background);
    this.promoting = new Promoting(core);
    this.notices = new Notices(core);
    const work = new LongWork(this.background);
    core.cascading = new Cascading(core, work);
    const sourceChanges = new SourceChanges(core, core.cascading, parts.clientText ?? (() => undefined));
    this.invalidating = new Invalidating(core, this.housekeeping, core.cascading, work);
    this.filling = new Filling(core, parts.fillLimits, (db, key, value, options, family) => {
      const stored = this.writing.store(db, key, value, options, family);
      core.noticing?.changed(db, key);
      return stored;
    });
    this.reading = new Reading(core, this.promoting, this.filling);
    this.fetching = new Fetching(core, this.reading, this.filling);
    this.misses = new Misses(parts.world, this.background, parts.fenceLimits ?? FENCE_LIMITS);
    this.leases = new Leases(
      core,
      this.background,
      parts.leaseLimits ?? LEASE_LIMITS,
      parts.newToken ?? (() => tokenFrom(parts.world.random)),
      (physical, key) => this.filling.isLoading(physical, key),
    );
    this.leasing = new Leasing(core, this.reading, this.leases);
    this.gathering = new Gathering(parts.world, parts.gatherLimits ?? GATHER_LIMITS);
    this.writing = new Writing(core, this.reading, sourceChanges, parts.writeLimits, this.leases, this.misses);
    this.transacting = new Transacting(core, this.reading, this.promoting, this.gathering, this.housekeeping);
    const types = parts.typeLimits ?? DEFAULT_TYPE_LIMITS;
    this.collections = new Collections(
      core,
      this.reading,
      this.promoting,
      this.writing,
      sourceChanges,
      parts.writeLimits,
      types,
    );
    this.tagging = new Tagging(core, this.reading, this.housekeeping, this.invalidating);
    this.scanning = new Scanning(core, this.housekeeping, this.background);
    this.depending = new Depending(core);
    this.flushing = new Flushing(core, this.housekeeping, this.leases, this.depending);
    this.writeBehind = new WriteBehind(
      core,
      this.background,
      parts.writeBudget,
      parts.writeBehindLimits,
      parts.loopUtilization,
    );
    this.loader = new DirectoryLoader(core, this.background, this.housekeeping, this.promoting, sourceChanges);
    this.explaining = new Explaining(core, this.reading);
    this.lossNotes = new LossNotes(core, this.background);
    this.diskLife = new DiskLife(core, this.background, this.lossNotes);
  }

  /** What must be durable before this turn's replies are written. */
  commit(): void | Promise<void> {
    const { core } = this;
    core.epochs.seal();
    const commit = () => (core.disk ?? core.stuckDisk)?.commit();
    const { held } = core.cascading;
    return held === null ? commit() : held.then(commit);
  }

  get epoch(): number {
    return this.core.epochs.note();
  }

  /** What warming asks of the engine. */
  get quiet(): QuietLoads {
    return this.filling;
  }

  // --- reading ---------------------------------------------------------------------------------------------------------

  get(db: number, key: Bytes): Value | null | Promise<Value | null> {
    return this.reading.get(db, key);
  }
  getRaw(db: number, key: Bytes): Value | null | Promise<Value | null> {
    return this.reading.getRaw(db, key);
  }
  getMany(db: number, keys: readonly Bytes[], spare = false): (Value | null)[] | Promise<(Value | null)[]> {
    return this.reading.getMany(db, keys, spare);
  }
  fetch(db: number, key: Bytes, asked: FetchOptions): Value | null | Promise<Value | null> {
    return this.fetching.fetch(db, key, asked);
  }
  locate(db: number, key: Bytes): Slot | Promise<Slot> {
    return this.reading.locate(db, key);
  }
  countLive(db: number, keys: readonly Bytes[], touch: boolean): number | Promise<number> {
    return this.reading.countLive(db, keys, touch);
  }
  touch(db: number, keys: readonly Bytes[]): number | Promise<number> {
    return this.reading.countLive(db, keys, true);
  }
  expiresAt(slot: Slot): number {
    return this.core.expiresAt(slot);
  }
  typeOf(slot: Slot): number {
    return this.core.memory.typeOf(slot);
  }
  lengthOf(slot: Slot): number {
    return this.core.memory.valueLength(slot);
  }
  info(slot: Slot): EntryInfo {
    return this.reading.info(slot);
  }
  size(db: number): number | Promise<number> {
    return this.scanning.size(db);
  }
  expiring(db: number): { keys: number; avgTtlMs: number } {
    const { memory, dbs, now } = this.core;
    const physical = dbs.of(db);
    const keys = memory.countExpiring(physical) - this.core.graces.lapsed[physical]!;
    return { keys, avgTtlMs: memory.averageTtlMs(physical, now) };
  }
  scan(db: number, cursor: string, options: ScanOptions, each: (key: Bytes) => void): string | Promise<string> {
    return this.scanning.scan(db, cursor, options, each);
  }
  keys(db: number, match: (key: Bytes) => boolean): Buffer[] | Promise<Buffer[]> {
    return this.scanning.keys(db, match);
  }
  randomKey(db: number): Buffer | null | Promise<Buffer | null> {
    return this.scanning.randomKey(db);
  }

  /** A pipeline's keys, about to be asked for: see MemoryLayer.fetch. */
  lookAhead(db: number, buf: Buffer, starts: Int32Array, ends: Int32Array, count: number): void {
    this.core.memory.fetch(this.core.dbs.physical[db]!, buf, starts, ends, count);
  }

  // --- writing ---------------------------------------------------------------------------------------------------------

  set(db: number, key: Bytes, value: Bytes, options?: SetOptions): boolean {
    return this.writing.set(db, key, value, options);
  }
  remove(db: number, key: Bytes, client?: number): boolean | Promise<boolean> {
    return this.writing.remove(db, key, client);
  }
  removeMany(db: number, keys: readonly Bytes[], client?: number): number | Promise<number> {
    return this.writing.removeMany(db, keys, client);
  }
  expire(db: number, slot: Slot, expiresAt: number): void | Promise<void> {
    return this.writing.expire(db, slot, expiresAt);
  }
  copy(fromDb: number, from: Bytes, toDb: number, to: Bytes, replace: boolean): boolean | Promise<boolean> {
    return this.writing.copy(fromDb, from, toDb, to, replace);
  }
  rename(fromDb: number, from: Bytes, toDb: number, to: Bytes, replace: boolean) {
    return this.writing.rename(fromDb, from, toDb, to, replace);
  }

  flush(db?: number, by?: Causer): void | Promise<void> {
    return this.flushing.flush(db, by);
  }
  swap(a: number, b: number): void {
    const { core } = this;
    if (a === b) return;
    core.noticing?.swapping(a, b);
    swapDatabases(core, a, b);
  }

  // --- tags, dependencies, invalidation ----------------------------------------------------------------------------

  tagAdd(db: number, key: Bytes, tags: readonly string[]): number | Promise<number> {
    return this.tagging.add(db, key, tags);
  }
  tagRemove(db: number, key: Bytes, tags: readonly string[]): number | Promise<number> {
    return this.tagging.remove(db, key, tags);
  }
  tagsOf(db: number, key: Bytes): string[] | null | Promise<string[] | null> {
    return this.tagging.list(db, key);
  }
  tagKeys(db: number, tag: string, cursor: string, count: number) {
    return this.tagging.keys(db, tag, cursor, count);
  }
  invalidate(request: InvalidateRequest): InvalidationReport | Promise<InvalidationReport> {
    const run = () => this.invalidating.invalidate(request);
    return request.dryRun === true ? run() : this.gathering.gather(run);
  }
  invalidateTags(tags: readonly string[], by?: Causer): number | Promise<number> {
    return this.gathering.gather(() => this.invalidating.tags(tags, by));
  }
  invalidateKeys(db: number, keys: readonly Bytes[], by?: Causer): number | Promise<number> {
    return this.gathering.gather(() => this.invalidating.keys(db, keys, by));
  }
  invalidateWrite(type: string, id: string | undefined, context: ReadonlyMap<string, string>, by?: Causer) {
    return this.gathering.gather(() => this.invalidating.write(type, id, context, by));
  }
  ruleAdd(rule: RuleSpec): void {
    this.core.rules.add(rule);
  }
  ruleDelete(name: string): boolean {
    return this.core.rules.delete(name);
  }
  rules(): RuleInfo[] {
    return this.core.rules.list();
  }
  dependencyAdd(db: number, key: Bytes, sources: readonly Bytes[]): number {
    return this.depending.add(db, key, sources);
  }
  dependencyRemove(db: number, key: Bytes, sources: readonly Bytes[]): number {
    return this.depending.remove(db, key, sources);
  }
  dependencies(db: number, key: Bytes, direction: 'up' | 'down', depth: number): Dependency[] {
    return this.depending.list(db, key, direction, depth);
  }

  why(db: number, key: Bytes): Explanation | Promise<Explanation> {
    return this.explaining.why(db, key);
  }

  // --- leases and fences -------------------------------------------------------------------------------------------

  missed(client: number, db: number, key: Bytes): void {
    if (!this.misses.isOn) return;
    const { changes, epochs, now } = this.core;
    changes.holdUntil(now + MISS_HELD_MS);
    // What an EXEC is told is told when all of it is done.
    this.misses.add(client, db, key, this.transacting.isUnderWay ? epochs.current : epochs.note());
  }
  lease(client: number, db: number, key: Bytes, ttlMs: number | undefined, waitMs: number) {
    return this.leasing.lease({ client, db, key, ttlMs }, waitMs);
  }
  clientGone(client: number): void {
    this.misses.gone(client);
    this.leases.gone(client);
  }

  // --- life ------------------------------------------------------------------------------------------------------------

  /** Takes over what an earlier run left on disk, but for the directory: databases, tag epochs, edges. */
  openDisk(): Promise<void> {
    return this.diskLife.open();
  }

  /** Begins background work; reads the directory and the hottest values while serving. */
  start(): void {
    this.background.start();
    void this.loader.load().then(() => this.loader.refill());
  }

  /** Writes what waits for the disk and remembers the most used keys; `deadlineMs` bounds it. */
  async stop(deadlineMs: number): Promise<boolean> {
    this.gathering.close();
    const drained = await this.writeBehind.drain(deadlineMs);
    this.background.stop();
    this.lossNotes.saveAll();
    if (this.core.complete) this.diskLife.saveHeat();
    return drained;
  }

  audit(): void {
    auditEngine(this.core);
  }
}
