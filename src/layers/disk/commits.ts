import { whenReady } from '../../base/when-ready';
import type { World } from '../../base/world';
import type { Batches } from './batches';
import { DiskFailure, messageOf } from './failure';
import { Journal } from './journal';
import type { KillQueue } from './kill-queue';
import type { OpWriter } from './ops';
import type { DiskOptions, DiskSettings } from './options';
import type { JournalPlace } from './place';

/** Kills sent at once when the journal needs room. */
const HURRY_STEP = 512;

/**
 * What must be durable before a reply is sent. `process`: written to the journal at once, while the batch that has the same
 * effect follows when it may. `power`: durable when SQLite has committed the batch at FULL.
 */
export class Commits {
  count = 0;
  sumMs = 0;
  maxMs = 0;
  private journal: Journal | null = null;
  private unsaved = false;
  private hurrying = false;
  private waiting: { seq: number; resolve: () => void; reject: (error: Error) => void }[] = [];

  constructor(
    private readonly world: World,
    private readonly batches: Batches,
    private readonly kills: KillQueue,
    /** Throws if what was said is not safe after all. */
    private readonly journalFailed: (error: unknown) => void,
  ) {}

  /** Makes this session's journal. Throws DiskFailure `unusable`. */
  begin({ ref, owner }: JournalPlace, { journalIo }: DiskOptions, settings: DiskSettings): void {
    try {
      this.journal = new Journal({
        ref,
        owner,
        bytesMax: settings.journalBytesMax,
        barrier: () => this.kills.barrier(),
        hurry: () => this.hurry(),
        ...(journalIo && { io: journalIo }),
      });
    } catch (error) {
      throw new DiskFailure('unusable', `journal: ${messageOf(error)}`);
    }
  }

  get journalBytes(): number {
    return this.journal?.bytes ?? 0;
  }

  /** Where this turn's records go, if there is a journal; marks that there is something to commit. */
  get records(): OpWriter | undefined {
    this.unsaved = true;
    return this.journal?.records;
  }

  /** Free when nothing was said. `stuck`: the worker is gone, only the journal can hold records. */
  commit(stuck: boolean): void | Promise<void> {
    if (!this.unsaved) return;
    this.unsaved = false;
    const began = this.world.clock.fineMs();
    const done = this.journal === null ? this.inFile(stuck) : this.inJournal(this.journal, stuck);
    return whenReady(done, () => this.measure(began));
  }

  /** Settles when the batch is in the file. */
  applied(seq: number): void | Promise<void> {
    if (seq <= this.batches.done) return;
    return new Promise((resolve, reject) => this.waiting.push({ seq, resolve, reject }));
  }

  /** A step of what waits goes to the worker with every batch it is done with, until the journal has room. */
  private hurry(): void {
    if (this.hurrying) return;
    this.hurrying = true;
    this.world.scheduler.soon(() => this.sendKills());
  }

  private sendKills(): void {
    this.kills.send(HURRY_STEP);
    if (this.kills.length === 0) this.hurrying = false;
    this.batches.send();
  }

  batchDone(seq: number): void {
    if (this.hurrying && this.batches.keepsUp) this.sendKills();
    try {
      this.journal?.batchApplied(seq);
    } catch (error) {
      this.journalFailed(error);
    }
    while (this.waiting.length > 0 && this.waiting[0]!.seq <= seq) this.waiting.shift()!.resolve();
    if (this.waiting.length > 0) this.batches.send();
  }

  /** The worker says no more. `lost`: what was said may not hold after a crash. */
  stopWaiting(lost: boolean): void {
    const failure = new DiskFailure('not-durable', 'the disk layer could not be closed');
    for (const { resolve, reject } of this.waiting.splice(0)) {
      if (lost) reject(failure);
      else resolve();
    }
    this.journal?.fail(failure);
  }

  /** With `keep` the journal's files stay, to bridge a crash. */
  end(keep: boolean): void {
    this.journal?.close(!keep);
    this.journal = null;
  }

  private inJournal(journal: Journal, stuck: boolean): void | Promise<void> {
    try {
      const waiting = journal.commit();
      if (waiting === undefined) return;
      if (stuck) throw new DiskFailure('not-durable', 'the journal is full');
      return waiting.catch((error: unknown) => this.journalFailed(error));
    } catch (error) {
      this.journalFailed(error);
    }
  }

  private inFile(stuck: boolean): void | Promise<void> {
    if (stuck) throw new DiskFailure('not-durable', 'the disk layer could not be closed');
    return this.applied(this.batches.send());
  }

  private measure(began: number): void {
    const tookMs = this.world.clock.fineMs() - began;
    this.count++;
    this.sumMs += tookMs;
    this.maxMs = Math.max(this.maxMs, tookMs);
  }
}
