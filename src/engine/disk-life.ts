import { bytesOf, latin1Of } from '../base/bytes';
import type { GoneRow } from '../layers/disk/disk-layer';
import { DiskFailure } from '../layers/disk/failure';
import { ON_DISK } from '../layers/memory/record';
import type { Background } from './background';
import type { Core } from './core';
import { eachHottest } from './heat';
import type { LossNotes } from './loss-notes';
import { ruleStoreOn } from './rule-store';

/** Slots visited between two looks at the clock. */
const STEP = 64;
/** Row ids in one chunk of the heat list. */
const HEAT_CHUNK = 8192;

/** The disk layer's beginning, end and accidents, as the engine must take them. */
export class DiskLife {
  /** The disk layer began anew with an empty file: who keeps notes there must tell them again. */
  onReset: () => void = () => {};
  private cursor = 0;
  private forgetting = false;

  constructor(
    private readonly core: Core,
    private readonly background: Background,
    private readonly lossNotes: LossNotes,
  ) {
    background.add('disk-lost', (enough) => this.forgetRows(enough));
  }

  /** Throws DiskFailure where the operator must act; a disk that cannot be used is done without. */
  async open(): Promise<void> {
    const { core } = this;
    const { disk, world } = core;
    if (disk === null) return;
    disk.onEvicted = (rows) => this.evicted(rows);
    disk.onReset = () => this.reset();
    disk.onDisabled = (_reason, isGone) => this.disabled(isGone);
    disk.onGone = () => core.durabilityChanged(true);
    try {
      const boot = await disk.open();
      core.epochs.resume(Math.max(boot.epoch, core.epochs.current));
      if (boot.dbMap !== null) core.dbs.load(boot.dbMap);
      const { rows, clean, emptyBecause, quarantined } = boot;
      world.log.info(
        { rows, clean, ...(emptyBecause && { emptyBecause }), ...(quarantined && { quarantined }) },
        'disk layer open',
      );
      core.recovery.begin();
      await disk.loadTags((page) => {
        for (const [name, hardEpoch, soft] of page) {
          if (hardEpoch > 0) core.tags.loadEpoch(name, hardEpoch);
          if (soft !== null) core.tags.loadEpoch(name, soft.epoch, soft);
        }
      });
      await disk.loadEdges((page) => {
        for (const [db, source, dependent] of page) core.recovery.loadEdge(db, source, dependent);
      });
      await this.lossNotes.load(clean);
      await core.rules.open(ruleStoreOn(disk));
    } catch (failure) {
      if (!(failure instanceof DiskFailure) || failure.code !== 'unusable') throw failure;
      world.log.warn({ reason: failure.message }, 'going on without the disk layer');
      core.disk = null;
      core.recovery.end();
    }
  }

  /** Remembers the most used rows for the next start. */
  saveHeat(): void {
    const { disk } = this.core;
    if (disk === null) return;
    let ids = new Float64Array(HEAT_CHUNK);
    let count = 0;
    let chunk = 0;
    eachHottest(this.core, (db, key) => {
      ids[count++] = disk.rowId(db, key);
      if (count < HEAT_CHUNK) return;
      disk.saveHeat(chunk++, ids, false);
      ids = new Float64Array(HEAT_CHUNK);
      count = 0;
    });
    disk.saveHeat(chunk, ids.slice(0, count), true);
  }

  /**
   * Rows that the disk layer dropped. A stub has lost its value and goes, with a kill, so that no other row of its key is
   * left that nobody knows of. A resident keeps its flag: one kill too many costs nothing.
   */
  private evicted(rows: readonly GoneRow[]): void {
    const { core } = this;
    for (const { db, key } of rows) {
      const slot = core.memory.find(db, key);
      if (slot !== 0 && !core.isResident(slot)) core.remove(slot, 'evicted');
    }
  }

  /** A new, empty file: values that rested only in the old one are gone, the others are written again by and by. */
  private reset(): void {
    const { graph, disk } = this.core;
    graph.eachSource((db, source) => {
      const name = latin1Of(source);
      for (const dependent of graph.dependents(db, source)) {
        if (graph.declaredSources(db, bytesOf(dependent)).includes(name)) disk?.edge(true, db, name, dependent);
      }
    });
    this.core.recovery.saveBoundRows();
    this.lossNotes.begin();
    this.core.rules.saveAll();
    this.onReset();
    this.begin();
  }

  private disabled(isGone: boolean): void {
    const { core } = this;
    if (!isGone) {
      core.stuckDisk = core.disk;
      core.durabilityChanged(false);
    }
    core.disk = null;
    core.recovery.end();
    this.begin();
  }

  private begin(): void {
    this.cursor = 0;
    this.forgetting = true;
    this.background.wake('disk-lost');
  }

  private forgetRows(enough: () => boolean): boolean {
    const { core } = this;
    if (!this.forgetting) return false;
    do {
      this.cursor = core.memory.scan(this.cursor, STEP, (slot) => this.forgetRow(slot));
      if (this.cursor === 0) {
        this.forgetting = false;
        return false;
      }
    } while (!enough());
    return true;
  }

  private forgetRow(slot: number): void {
    const { core } = this;
    if (!core.memory.flag(slot, ON_DISK)) return;
    if (!core.isResident(slot)) {
      core.remove(slot, 'lost');
      return;
    }
    // It may be in the new file already: the flag stays, one kill too many costs nothing.
    if (core.disk === null) core.memory.setFlag(slot, ON_DISK, false);
    else core.queueWrite(slot);
  }
}
