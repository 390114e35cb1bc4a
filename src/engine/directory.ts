import { bytesOf } from '../base/bytes';
import { nameOf } from '../base/key-name';
import type { DirectoryRow } from '../layers/disk/disk-layer';
import type { Background } from './background';
import type { Core } from './core';
import { lastChange } from './fence';
import type { Housekeeping } from './housekeeping';
import type { Promoting } from './promoting';
import type { SourceChanges } from './source-changes';

/** Rows entered between two looks at the clock. */
const STEP = 16;
/** Keys that may leave while the directory is read; more, and the rest of the old rows is given up. */
const LEFT_WHILE_LOADING_MAX = 2_000_000;
/** Values on their way back to memory at once after a start. */
const REFILL_READS = 16;
/** Memory is refilled up to this share of its limit. */
const REFILL_SHARE = 0.9;

/**
 * After a start: reads the directory (keys and what they carry, no values) from disk while already serving, then brings the
 * most used values back to memory. Whatever was written or removed meanwhile is newer than any row read.
 */
export class DirectoryLoader {
  private page: { length: number; enter: (at: number) => void; at: number; done: () => void } | null = null;
  loadedRows = 0;
  refilled = 0;

  constructor(
    private readonly core: Core,
    private readonly background: Background,
    private readonly housekeeping: Housekeeping,
    private readonly promoting: Promoting,
    private readonly sourceChanges: SourceChanges,
  ) {
    background.add('directory', (enough) => this.enter(enough));
  }

  async load(): Promise<void> {
    const { core } = this;
    const { disk } = core;
    if (disk === null || core.complete) return;
    try {
      await disk.loadDirectory(async (rows) => {
        await this.enterPage(rows, (row) => this.enterRow(row));
        // The worker that reads pages is the one that readers wait for.
        if (!this.housekeeping.isLoadAwaited) await this.background.pause();
      });
    } catch (failure) {
      core.world.log.warn({ failure }, 'the directory could not be read from disk');
    }
    core.recovery.end();
    this.housekeeping.loaded();
  }

  /** Through the ordinary read path, so that whatever is written meanwhile goes first. */
  async refill(): Promise<void> {
    const { core } = this;
    if (core.disk === null) return;
    const reads: Promise<unknown>[] = [];
    for await (const { db, key } of core.disk.heat()) {
      if (core.memory.usedBytes > core.memory.maxMemoryBytes * REFILL_SHARE) break;
      const logical = core.dbs.logicalOf(db);
      const slot = core.memory.find(db, bytesOf(key));
      if (logical < 0 || slot === 0 || core.isResident(slot)) continue;
      this.refilled++;
      reads.push(this.promoting.read(logical, bytesOf(key)));
      if (reads.length < REFILL_READS) continue;
      await Promise.all(reads.splice(0));
      await this.background.pause();
    }
    await Promise.all(reads);
  }

  private enterPage<Row>(rows: readonly Row[], enter: (row: Row) => void): Promise<void> {
    return new Promise((resolve) => {
      this.page = { length: rows.length, enter: (at) => enter(rows[at]!), at: 0, done: resolve };
      this.background.wake('directory');
    });
  }

  private enter(enough: () => boolean): boolean {
    const { page } = this;
    if (page === null) return false;
    while (page.at < page.length) {
      page.enter(page.at++);
      if (page.at % STEP === 0 && enough()) return true;
    }
    this.page = null;
    page.done();
    return false;
  }

  private enterRow(row: DirectoryRow): void {
    const { core } = this;
    const { memory, disk } = core;
    const { key } = row;
    if (memory.find(row.db, key) !== 0 || core.recovery.left.has(nameOf(row.db, key))) return;
    if (core.recovery.left.size > LEFT_WHILE_LOADING_MAX) disk?.kill(row.db, key, core.epochs.next());
    else if (
      core.dbs.logicalOf(row.db) < 0 ||
      core.changes.flushOf(row.db) > row.version ||
      !this.promoting.believable(row)
    ) {
      disk?.deleteRow(row.db, key, core.epochs.next());
    } else if (this.sourceChangedAt(row) > row.version) this.killRow(row);
    else if (this.hasRoom()) {
      const slot = memory.putStub(row.db, key, row.valueLength, row.type);
      if (this.promoting.tie(slot, row)) this.loadedRows++;
    } else {
      core.counters.evicted++;
      disk?.kill(row.db, key, core.epochs.next());
    }
  }

  /** Edges that are bound to a value come with its row: until then a change of a source finds nothing to kill. */
  private sourceChangedAt({ db, sources }: DirectoryRow): number {
    return sources.reduce((latest, source) => Math.max(latest, lastChange(this.core, db, bytesOf(source))), 0);
  }

  private killRow(row: DirectoryRow): void {
    this.core.removeUnknown(row.db, row.key);
    this.core.changed(row.db, row.key);
    this.sourceChanges.changedBefore(row.db, row.key, this.sourceChangedAt(row));
  }

  /** A stub is never worth a resident; what does not fit in the directory is given up. */
  private hasRoom(): boolean {
    const { memory } = this.core;
    return memory.usedBytes < memory.maxMemoryBytes && !this.core.room.stubsOverShare();
  }
}
