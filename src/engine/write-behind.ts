import { latin1Of, Span } from '../base/bytes';
import type { DiskLayer } from '../layers/disk/disk-layer';
import type { WriteBudget } from '../layers/disk/write-budget';
import { NEVER, TYPE_STRING } from '../layers/layer';
import { DIRTY, ON_DISK } from '../layers/memory/record';
import type { Background } from './background';
import type { Core } from './core';

export interface WriteBehindLimits {
  /** Entries waiting to be written; more are shed. */
  readonly queueMax: number;
  /** Rows with less to live are not written, ms. */
  readonly minTtlMs: number;
  readonly maxValueBytes: number;
  /** Of collections: making the bytes of a large one must not hold the event loop. */
  readonly maxCollectionBytes: number;
}

/** Rows packed between two looks at the clock. */
const STEP = 16;
/** The file is told of so many deaths in the time of one row. */
const KILLS_PER_ROW = 4;
const KILLS_STEP = 64;
/** Rows are sent this often at most: a key written again within that time is one row. */
const PUMP_MS = 10;
/** After a row of more than this the clock is looked at. */
const LARGE_BYTES = 32 * 1024;
const NO_NAMES: readonly string[] = [];

/**
 * Entries on their way to disk: a ring of slots. An entry waits in it once however often it is written meanwhile, and the
 * row is taken from memory when its turn comes. What the budget does not allow waits; what the ring does not hold is shed.
 */
export class WriteBehind {
  private ring = new Int32Array(1024);
  private head = 0;
  private count = 0;
  private pumpedAtMs = 0;
  /** The last pump ended because the worker had enough. */
  private isHeldUp = false;
  private readonly key = new Span(Buffer.alloc(0));
  private readonly value = new Span(Buffer.alloc(0));

  constructor(
    private readonly core: Core,
    background: Background,
    private readonly budget: WriteBudget,
    private readonly limits: WriteBehindLimits,
    /** Share of the time since it was last asked that the event loop was busy, 0 to 1. */
    private readonly loopUtilization: () => number,
  ) {
    core.queueWrite = (slot) => this.queue(slot);
    background.add('write-behind', (enough) => this.pump(enough));
    if (core.disk !== null)
      core.disk.onKeepsUp = () => {
        if (this.isHeldUp) background.wake('write-behind');
      };
  }

  /** Entries waiting. */
  get length(): number {
    return this.count;
  }

  queue(slot: number): void {
    const { core } = this;
    if (core.disk === null || core.memory.flag(slot, DIRTY)) return;
    if (this.count >= this.limits.queueMax) {
      core.counters.diskRowsShed++;
      return;
    }
    core.memory.setFlag(slot, DIRTY, true);
    if (this.count === this.ring.length) this.grow();
    this.ring[(this.head + this.count++) & (this.ring.length - 1)] = slot;
  }

  /** Writes all that waits, for an orderly end; true when nothing is left or the deadline passed. */
  async drain(deadlineMs: number): Promise<boolean> {
    const { core } = this;
    const until = core.world.clock.fineMs() + deadlineMs;
    while (this.count > 0 && core.disk !== null) {
      if (core.world.clock.fineMs() > until) return false;
      while (this.count > 0 && core.disk.acceptsBatch()) this.writeNext();
      core.disk.flush();
      if (this.count === 0) break;
      await new Promise<void>((resolve) => core.world.scheduler.soon(resolve));
    }
    return true;
  }

  private pump(enough: () => boolean): boolean {
    const { core, budget } = this;
    const { disk } = core;
    if (disk === null) return this.drop(enough);
    const now = core.world.clock.fineMs();
    const isDue = now - this.pumpedAtMs >= PUMP_MS;
    if (!isDue && !this.isHeldUp) return false;
    if (isDue) {
      this.pumpedAtMs = now;
      budget.sample(this.loopUtilization());
    }
    let { rows, bytes } = budget.allow(now, this.count + Math.ceil(disk.killsWaiting / KILLS_PER_ROW));
    rows -= this.tellKills(disk, rows, enough);
    for (let seen = 1; this.count > 0 && rows > 0 && bytes > 0 && disk.acceptsBatch(); seen++) {
      const size = this.writeNext();
      if (size > 0) {
        rows--;
        bytes -= size;
        budget.spent(1, size);
      }
      if ((seen % STEP === 0 || size > LARGE_BYTES) && enough()) break;
    }
    this.isHeldUp = rows > 0 && bytes > 0 && this.count + disk.killsWaiting > 0;
    disk.flush();
    return false;
  }

  /** There is no disk any more for what waits. True: more to do. */
  private drop(enough: () => boolean): boolean {
    for (let seen = 1; this.count > 0; seen++) {
      this.writeNext();
      if (seen % STEP === 0 && enough()) return true;
    }
    return false;
  }

  /** At most half of the allowance goes to deaths, if anything else waits; in rows. */
  private tellKills(disk: DiskLayer, rows: number, enough: () => boolean): number {
    const share = this.count === 0 ? rows : Math.ceil(rows / 2);
    let told = 0;
    while (told < share && disk.killsWaiting > 0 && disk.acceptsBatch() && !enough()) {
      disk.sendKills(KILLS_STEP);
      told += KILLS_STEP / KILLS_PER_ROW;
    }
    this.budget.spent(told, 0);
    return told;
  }

  /** Writes the next waiting entry's row; its bytes, or 0 if there was nothing to write. */
  private writeNext(): number {
    const { core } = this;
    const { memory, disk } = core;
    const slot = this.ring[this.head]!;
    this.head = (this.head + 1) & (this.ring.length - 1);
    this.count--;
    if (!memory.flag(slot, DIRTY)) return 0;
    memory.setFlag(slot, DIRTY, false);
    if (disk === null) return 0;
    // What was flushed dies on disk by the flush's epoch: a row of a later version would come back.
    if (!core.isResident(slot) || !core.isLive(slot) || core.dbs.isDying(memory.dbOf(slot))) return 0;
    if (!this.isAdmitted(slot)) {
      core.counters.diskRowsNotAdmitted++;
      return 0;
    }
    const type = memory.typeOf(slot);
    memory.view(slot, this.value);
    if (type !== TYPE_STRING) this.encode(slot);
    const row = {
      db: memory.dbOf(slot),
      type,
      expiresAt: core.graces.freshUntil(slot),
      graceMs: core.graces.graceMsOf(slot),
      version: core.epochs.stamp(),
      fillEpoch: memory.fillEpoch(slot),
      tags: memory.tie(slot) === 0 ? NO_NAMES : core.tags.tagsOf(core.memberOf(slot)),
      sources: core.sources.of(slot),
      hits: memory.hits(slot),
      key: this.key,
      value: this.value,
    };
    if (!disk.writeRow(row)) {
      core.counters.diskRowsShed++;
      return 0;
    }
    memory.setFlag(slot, ON_DISK, true);
    return this.key.end - this.key.start + (this.value.end - this.value.start);
  }

  /** A large collection's bytes are made now. */
  private encode(slot: number): void {
    const object = this.core.memory.attachments.get(slot);
    if (object === undefined) return;
    const { buf, start, end } = object.encode();
    this.value.point(buf, start, end);
  }

  private isAdmitted(slot: number): boolean {
    const { core, limits } = this;
    const { memory } = core;
    memory.keyView(slot, this.key);
    const family = core.families.any ? core.families.match(latin1Of(this.key)) : null;
    if (family !== null && !family.onDisk) return false;
    const sizeBytes = memory.valueLength(slot);
    if (sizeBytes > (family?.diskMaxValueBytes ?? limits.maxValueBytes)) return false;
    if (memory.typeOf(slot) !== TYPE_STRING && sizeBytes > limits.maxCollectionBytes) return false;
    const expiresAt = core.graces.freshUntil(slot) + core.graces.graceMsOf(slot);
    return expiresAt === NEVER || expiresAt - core.now >= (family?.diskMinTtlMs ?? limits.minTtlMs);
  }

  private grow(): void {
    const old = this.ring;
    this.ring = new Int32Array(old.length * 2);
    for (let i = 0; i < this.count; i++) this.ring[i] = old[(this.head + i) & (old.length - 1)]!;
    this.head = 0;
  }
}
