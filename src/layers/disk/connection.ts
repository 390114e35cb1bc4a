import * as fs from 'node:fs';
import type { Bytes } from '../../base/bytes';
import { WideKeyHash } from '../../base/key-hash';
import type { Cancel } from '../../base/world';
import { Batches } from './batches';
import { Commits } from './commits';
import { distrust, goOnWithout } from './distrust';
import { type DiskEvents, goneRows } from './events';
import { DiskFailure, messageOf } from './failure';
import { KillQueue } from './kill-queue';
import { databasePath } from './layout';
import type { OpenedReply, OpenRequest, Reply, ReplyOf, WorkerCounters } from './messages';
import { Notes } from './notes';
import { type DiskOptions, type DiskSettings, settingsOf } from './options';
import { Pager } from './pager';
import { bootIdOf, type JournalPlace, journalDirFor, journalPlaceFor } from './place';
import { Reads } from './reads';
import { type Link, WorkerLink } from './worker-link';

/**
 * `stuck`: the file could be neither kept true nor removed. As long as the journal still takes records (`process`), they
 * bridge a crash; when it does not, commits fail.
 */
type State = 'new' | 'open' | 'closing' | 'disabled' | 'stuck' | 'closed';

const FULL_PAUSE_MS_MIN = 1_000;
const FULL_PAUSE_MS_MAX = 60_000;
const DATABASES = 32;

/** The worker, what is on its way to it and back, and what happens when it fails. */
export class Connection {
  state: State = 'new';
  readonly settings: DiskSettings;
  /** For each physical database: rows of a lower version are dead. */
  readonly floors = new Float64Array(DATABASES);
  readonly batches: Batches;
  readonly reads: Reads;
  readonly pager: Pager;
  readonly commits: Commits;
  readonly kills: KillQueue;
  readonly notes: Notes;
  counters: WorkerCounters | null = null;
  resets = 0;
  /** Told again to a new file. */
  epochsReservedEnd = 0;
  dbMap: Uint8Array | null = null;
  /** Once the journal is made (`process`), or would be. */
  private place: JournalPlace | null = null;
  private link: Link | null = null;
  /** Names rows; with the seed of the file. */
  private rowIds = new WideKeyHash(0, 0);
  private generation = 0;
  private pausedUntil = 0;
  private pauseMs = FULL_PAUSE_MS_MIN;
  private audits: ((problem: string) => void)[] = [];
  private whenOpened: ((reply: OpenedReply | DiskFailure) => void) | null = null;
  private whenClosed: ((clean: boolean) => void) | null = null;
  private cancelCheck: Cancel = () => {};

  constructor(
    readonly options: DiskOptions,
    private readonly events: DiskEvents,
  ) {
    this.settings = settingsOf(options);
    const { batchOpsMax, batchBytesMax, batchesInFlightMax, readsQueuedMax } = this.settings;
    const limits = { opsMax: batchOpsMax, bytesMax: batchBytesMax, inFlightMax: batchesInFlightMax };
    this.batches = new Batches(limits, (seq, memory, length) => {
      const { generation, wallMs } = this;
      this.link?.send({ kind: 'batch', seq, generation, memory, length, wallMs }, [memory]);
    });
    this.reads = new Reads(readsQueuedMax, this.floors);
    this.kills = new KillQueue(this.batches);
    this.commits = new Commits(options.world, this.batches, this.kills, (error) => this.journalFailed(error));
    this.notes = new Notes(this.settings, this.batches, this.commits);
    this.pager = new Pager({
      send: (request) => {
        this.batches.send(true);
        this.link!.send(request);
      },
      wallOffsetMs: () => options.world.clock.wallOffsetMs,
      rowId: (db, key) => this.rowId(db, key),
      floors: this.floors,
    });
  }

  rowId(db: number, key: Bytes): number {
    return this.rowIds.hash(db, key.buf, key.start, key.end);
  }

  // --- beginning and end -------------------------------------------------------------------------------------------

  async open(): Promise<OpenedReply> {
    const reply = await new Promise<OpenedReply | DiskFailure>((resolve) => {
      this.whenOpened = resolve;
      const request = this.openRequest();
      const makeLink = this.options.makeLink ?? ((onReply, onDeath) => new WorkerLink(onReply, onDeath));
      this.link = makeLink(
        (message) => this.receive(message),
        (reason) => this.workerDied(reason),
      );
      this.link.send(request);
    }).catch((error: unknown) => new DiskFailure('unusable', messageOf(error)));
    this.whenOpened = null;
    if (reply instanceof DiskFailure) {
      this.state = 'closed';
      this.commits.end(false);
      await this.link?.end();
      if (reply.code === 'unusable')
        this.cancelCheck = goOnWithout(this.options, this.place, reply.message, this.settings.checkEveryMs);
      throw reply;
    }
    this.begin(reply);
    return reply;
  }

  private openRequest(): OpenRequest {
    const { options, settings } = this;
    const { dir, durability, world } = options;
    fs.mkdirSync(dir, { recursive: true, mode: 0o700 });
    const place = journalPlaceFor(options.journalDir ?? journalDirFor(dir), dir, world.random);
    if (durability === 'process') this.commits.begin(place, options, settings);
    this.place = place;
    const word = () => Math.floor(world.random() * 0x1_0000_0000) | 0;
    return {
      kind: 'open',
      dir,
      durability,
      bootId: options.bootId ?? bootIdOf(world.random),
      session: place.ref,
      journal: durability === 'process' ? place.ref : null,
      journalDir: place.ref.dir,
      journalPrefix: place.prefix,
      distrustMark: place.distrustMark,
      freshSeed: [word(), word()],
      freshApplied: 0,
      wallMs: this.wallMs,
      bytesMax: settings.diskBytesMax,
      pageCountMax: settings.pageCountMax,
      failpoint: options.failpoint ?? null,
    };
  }

  private begin({ seed, floors, notes, counters, epoch, dbMap }: OpenedReply): void {
    this.state = 'open';
    this.rowIds = new WideKeyHash(seed[0], seed[1]);
    this.floors.set(floors);
    this.notes.begin(notes);
    this.counters = counters;
    this.epochsReservedEnd = epoch;
    this.dbMap = dbMap;
    this.checkLater();
  }

  async close(clean: boolean): Promise<boolean> {
    const wasOpen = this.state === 'open';
    const done = clean && wasOpen && (await this.drain());
    this.state = 'closed';
    this.cancelCheck();
    this.stopWaiting();
    this.commits.end(!done);
    await this.link?.end();
    return done || !wasOpen;
  }

  private drain(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.options.world.scheduler.after(this.settings.closeWithinMs, () => resolve(false));
      this.whenClosed = (clean) => {
        cancel();
        resolve(clean);
      };
      this.state = 'closing';
      this.kills.sendAll();
      this.batches.send(true);
      this.link!.send({ kind: 'close', wallMs: this.wallMs });
    });
  }

  // --- to the worker -----------------------------------------------------------------------------------------------

  sendReads(): void {
    if (!this.reads.isGathering || this.state !== 'open') return;
    const ids = this.reads.take();
    this.link!.send({ kind: 'read', ids }, [ids.buffer as ArrayBuffer]);
  }

  saveHeat(chunk: number, ids: Float64Array, last: boolean): void {
    this.link!.send({ kind: 'heat-save', chunk, ids, last }, [ids.buffer as ArrayBuffer]);
  }

  audit(): Promise<string> {
    return new Promise((resolve) => {
      this.audits.push(resolve);
      this.kills.sendAll();
      this.batches.send(true);
      this.link!.send({ kind: 'audit' });
    });
  }

  // --- what the worker says ----------------------------------------------------------------------------------------

  private receive(reply: Reply): void {
    switch (reply.kind) {
      case 'opened':
        this.whenOpened?.(reply);
        break;
      case 'refused':
        this.whenOpened?.(new DiskFailure(reply.code, reply.message));
        break;
      case 'rows':
        this.reads.answer(reply.count, reply.memory, this.options.world.clock.wallOffsetMs);
        break;
      case 'batch-done':
        this.batchDone(reply);
        break;
      case 'evicted':
        this.events.onEvicted(goneRows(reply.memory));
        break;
      case 'reset':
        this.wasReset(reply);
        break;
      case 'disabled':
        this.disable(reply.reason, reply.removed);
        break;
      case 'audited':
        this.audits.shift()?.(reply.problem);
        break;
      case 'closed':
        this.whenClosed?.(reply.clean);
        break;
      default:
        this.pager.answer(reply);
    }
  }

  private batchDone({ seq, full, memory, counters }: ReplyOf<'batch-done'>): void {
    this.counters = counters;
    this.batches.applied(seq, memory);
    if (!this.isLive) return;
    if (full) this.pause();
    else if (!this.isPaused) this.pauseMs = FULL_PAUSE_MS_MIN;
    this.commits.batchDone(seq);
    if (this.isLive && this.batches.keepsUp) this.events.onKeepsUp();
  }

  private wasReset({ generation, reason, quarantined }: ReplyOf<'reset'>): void {
    this.options.world.log.error({ reason, quarantined }, 'disk layer began a new file');
    this.generation = generation;
    this.resets++;
    this.kills.clear();
    this.batches.clear();
    this.notes.begin([]);
    this.batches.ops.epoch(this.epochsReservedEnd);
    if (this.dbMap !== null) this.batches.ops.dbMap(this.dbMap);
    this.events.onReset(reason);
    this.batches.send(true);
  }

  private workerDied(reason: string): void {
    this.whenOpened?.(new DiskFailure('unusable', reason));
    if (this.state === 'open') this.disable(reason, false);
    this.whenClosed?.(false);
  }

  // --- when it breaks ----------------------------------------------------------------------------------------------

  /** The disk is full, and was not long ago: rows are not tried now. */
  get isPaused(): boolean {
    return this.options.world.clock.now < this.pausedUntil;
  }

  private pause(): void {
    this.pausedUntil = this.options.world.clock.now + this.pauseMs;
    this.pauseMs = Math.min(this.pauseMs * 2, FULL_PAUSE_MS_MAX);
  }

  private get isLive(): boolean {
    return this.state === 'open' || this.state === 'closing';
  }

  /** Without a journal nothing may be left that it should have guarded. Returns if so, throws otherwise. */
  private journalFailed(error: unknown): void {
    if (this.isLive) this.disable(`journal: ${messageOf(error)}`, false);
    else if (this.state === 'stuck') {
      this.tryRemoval();
      if (this.state !== 'stuck') this.gone();
    }
    if (this.state === 'stuck') throw new DiskFailure('not-durable', `journal: ${messageOf(error)}`);
  }

  private disable(reason: string, removed: boolean): void {
    if (!this.isLive) return;
    this.state = 'stuck';
    if (removed) this.state = 'disabled';
    else this.tryRemoval();
    const { state } = this;
    this.options.world.log.error({ reason, state }, 'disk layer disabled');
    this.stopWaiting();
    if (state === 'disabled') this.commits.end(false);
    void this.link?.end().then(() => this.tidyUp());
    this.whenClosed?.(false);
    this.events.onDisabled(reason, state === 'disabled');
  }

  private tryRemoval(): void {
    try {
      distrust(this.options.dir, this.options.durability, this.place!);
      this.state = 'disabled';
    } catch (error) {
      const path = databasePath(this.options.dir);
      this.options.world.log.error({ path, error: messageOf(error) }, 'disk layer could not be removed');
    }
  }

  /** The worker may have begun a new file while it was being ended: empty, but nobody's. */
  private tidyUp(): void {
    if (this.state === 'disabled') this.tryRemoval();
  }

  /** No longer stuck. */
  private gone(): void {
    this.commits.end(false);
    this.events.onGone();
  }

  /** Nobody is left waiting for the worker. */
  private stopWaiting(): void {
    this.reads.answerNothing();
    this.pager.stop();
    for (const audit of this.audits.splice(0)) audit('');
    this.commits.stopWaiting(this.state === 'stuck');
  }

  /** Every `checkEveryMs`: is the file still ours; can what could not be removed be removed now? */
  private checkLater(): void {
    this.cancelCheck = this.options.world.scheduler.after(this.settings.checkEveryMs, () => {
      if (this.state === 'open') this.link!.send({ kind: 'check', wallMs: this.wallMs });
      if (this.state === 'stuck') {
        this.tryRemoval();
        if (this.state !== 'stuck') this.gone();
      }
      if (this.state === 'open' || this.state === 'stuck') this.checkLater();
    });
  }

  private get wallMs(): number {
    const { clock } = this.options.world;
    return clock.now + clock.wallOffsetMs;
  }
}
