import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalIo } from '../../src/layers/disk/journal';
import { framesOf, type JournalRef, journalPaths } from '../../src/layers/disk/journal-file';
import { NO_COUNTERS, type Reply, type Request } from '../../src/layers/disk/messages';
import { headsOfPuts, lastStateOf } from '../../src/layers/disk/worker/session';
import type { Link, MakeLink } from '../../src/layers/disk/worker-link';
import type { ManualWorld } from '../support/manual-world';
import type { Dice } from './random';
import { SimStore } from './sim-store';

/** The disk layer wants a directory that exists; nothing is written in it. */
const DIR = mkdtempSync(join(tmpdir(), 'larder-simulation-'));
process.once('exit', () => rmSync(DIR, { recursive: true, force: true }));

const AT_GENERATION = 24;

export interface DiskMoods {
  /** A message takes up to so long, and one in ten of them ten times that, ms. */
  slowMs: number;
  /** One batch in so many finds the disk full, or evicts rows; 0: none. */
  troubleOneIn: number;
}

/**
 * What survives a crash: the file as of the last message that was worked off, and the journal as it was written. The main
 * side of the disk layer is the real one; only the thread, the file and the journal's file calls are simulated.
 */
export class SimDisk {
  store: SimStore;
  private readonly files = new Map<string, Buffer>();
  private readonly open = new Map<number, string>();
  private nextFd = 1000;
  private worker: SimWorker | null = null;
  journals: JournalRef[] = [];
  clean = true;

  constructor(
    readonly world: ManualWorld,
    readonly dice: Dice,
    readonly moods: DiskMoods,
  ) {
    this.store = new SimStore([dice.below(2 ** 31), dice.below(2 ** 31)]);
  }

  readonly dir = DIR;

  /** The process is gone: nothing that was on its way comes. */
  crash(): void {
    this.worker?.stop();
    this.worker = null;
  }

  readonly makeLink: MakeLink = (onReply) => {
    this.worker = new SimWorker(this, onReply);
    return this.worker;
  };

  framesOf(journals: readonly JournalRef[]): Buffer[] {
    return journals.flatMap((journal) => {
      const files = journalPaths(journal).map((path) => this.files.get(path)!);
      const begun = files.filter((file) => file.length > AT_GENERATION);
      begun.sort((a, b) => a.readDoubleLE(AT_GENERATION) - b.readDoubleLE(AT_GENERATION));
      return begun.flatMap((file) => framesOf(file));
    });
  }

  readonly io: JournalIo = {
    openSync: (path) => {
      this.files.set(path, Buffer.alloc(0));
      this.open.set(++this.nextFd, path);
      return this.nextFd;
    },
    writeSync: (fd, buf, offset, length, position) => {
      const path = this.open.get(fd)!;
      const old = this.files.get(path)!;
      const file = Buffer.alloc(Math.max(old.length, position + length));
      old.copy(file);
      buf.copy(file, position, offset, offset + length);
      this.files.set(path, file);
      return length;
    },
    ftruncateSync: (fd, length) => {
      const path = this.open.get(fd)!;
      this.files.set(path, this.files.get(path)!.subarray(0, length));
    },
    closeSync: (fd) => void this.open.delete(fd),
    unlinkSync: (path) => void this.files.delete(path),
  };
}

/** Works messages off one after another, each when its time has come; answers come later still, in order. */
class SimWorker implements Link {
  private alive = true;
  private freeAt = 0;
  private answersAt = 0;

  constructor(
    private readonly disk: SimDisk,
    private readonly onReply: (reply: Reply) => void,
  ) {}

  send(request: Request): void {
    if (!this.alive) return;
    const { now } = this.disk.world.clock;
    this.freeAt = Math.max(now, this.freeAt) + this.delay();
    // Transferred: from here on the sender's memory is not ours to see change.
    const own = request.kind === 'batch' ? { ...request, memory: request.memory.slice(0) } : request;
    this.disk.world.scheduler.after(this.freeAt - now, () => {
      if (this.alive) this.handle(own);
    });
  }

  async end(): Promise<void> {
    this.stop();
  }

  stop(): void {
    this.alive = false;
  }

  private delay(): number {
    const { dice, moods } = this.disk;
    const longest = dice.oneIn(10) ? moods.slowMs * 10 : moods.slowMs;
    return dice.below(longest + 1);
  }

  private post(reply: Reply): void {
    const { now } = this.disk.world.clock;
    this.answersAt = Math.max(now, this.answersAt) + this.delay();
    this.disk.world.scheduler.after(this.answersAt - now, () => {
      if (this.alive) this.onReply(reply);
    });
  }

  private handle(request: Request): void {
    const reply = this.workOff(request);
    if (reply !== null) this.post(reply);
  }

  private workOff(request: Request): Reply | null {
    const { disk } = this;
    const { store } = disk;
    switch (request.kind) {
      case 'open':
        return this.open(request);
      case 'batch':
        return this.batch(request);
      case 'read':
        return this.read(request.ids);
      case 'directory': {
        const ids = store.idsAfter(request.after, request.rowsMax);
        const memory = new Uint8Array(Buffer.concat(ids.map((id) => store.headOf(id))));
        const after = ids.at(-1) ?? request.after;
        return { kind: 'directory-page', memory, after, done: ids.length < request.rowsMax };
      }
      case 'tags': {
        const last = Buffer.from(request.after).toString('latin1');
        const names = [...new Set([...store.tags.keys(), ...store.softTags.keys()])]
          .sort()
          .filter((name) => name > last);
        const page = names.slice(0, request.rowsMax);
        const memory = store.page((ops) => {
          for (const name of page) {
            const hard = store.tags.get(name);
            const soft = store.softTags.get(name);
            if (hard !== undefined) ops.tag(name, hard);
            if (soft !== undefined) ops.tagSoft(name, soft.epoch, soft.atWallMs, soft.staggerMs);
          }
        });
        const after = new Uint8Array(Buffer.from(page.at(-1) ?? last, 'latin1'));
        return { kind: 'tags-page', memory, after, done: page.length < request.rowsMax };
      }
      case 'edges': {
        const edges = [...store.edges.values()];
        const memory = store.page((ops) => {
          for (const { db, source, dependent } of edges) ops.edge(true, db, source, dependent);
        });
        return { kind: 'edges-page', memory, after: null, done: true };
      }
      case 'heat-save':
        store.heat = request.chunk === 0 ? [...request.ids] : [...store.heat, ...request.ids];
        return null;
      case 'heat': {
        const { offset } = request.after;
        const ids = store.heat.slice(offset, offset + request.rowsMax);
        const memory = packed(ids.flatMap((id) => store.rows.get(id)?.packed ?? []));
        const after = { chunk: 0, offset: offset + ids.length };
        return { kind: 'heat-page', memory, after, done: ids.length === 0 };
      }
      case 'notes': {
        const names = [...store.notes.keys()].filter((name) => name.startsWith(request.prefix)).sort();
        const memory = store.page((ops) => {
          for (const name of names) ops.note(name, store.notes.get(name)!, false);
        });
        return { kind: 'notes-page', memory, after: '', done: true };
      }
      case 'audit':
        return { kind: 'audited', problem: '' };
      case 'check':
        return null;
      case 'close':
        disk.clean = true;
        disk.journals = [];
        return { kind: 'closed', clean: true };
    }
  }

  private open(request: Extract<Request, { kind: 'open' }>): Reply {
    const { disk } = this;
    const { store } = disk;
    const { clean } = disk;
    const frames = clean ? [] : disk.framesOf(disk.journals);
    const last = lastStateOf(frames);
    for (const [db, version] of last.floors) store.floors[db] = Math.max(store.floors[db]!, version);
    disk.clean = false;
    const reply: Reply = {
      kind: 'opened',
      epoch: Math.max(store.epochEnd, last.epoch, store.versionMax + 1),
      dbMap: last.dbMap ?? store.dbMapSaved,
      floors: store.floors.slice(),
      notes: [...store.notes].map(([name, value]): [string, number] => [name, name.length + value.length]),
      seed: store.seed,
      clean,
      emptyBecause: '',
      quarantined: '',
      lastWallMs: 0,
      counters: NO_COUNTERS,
    };
    for (const frame of frames) store.apply(frame, 0, frame.length);
    disk.journals = request.journal === null ? [] : [request.journal];
    return reply;
  }

  private batch(request: Extract<Request, { kind: 'batch' }>): Reply {
    const { disk } = this;
    const { store, dice, moods } = disk;
    const { seq, memory, length } = request;
    const batch = Buffer.from(memory);
    const troubled = moods.troubleOneIn > 0 && dice.oneIn(moods.troubleOneIn);
    const full = troubled && dice.oneIn(2);
    store.apply(batch, 0, length, !full);
    if (full) this.post({ kind: 'evicted', memory: headsOfPuts(batch, length) });
    else if (troubled) this.post({ kind: 'evicted', memory: new Uint8Array(store.evictOldest(1 + dice.below(4))) });
    if (dice.oneIn(3)) store.reclaim();
    return { kind: 'batch-done', seq, full, memory, counters: NO_COUNTERS };
  }

  private read(ids: Float64Array): Reply {
    const rows = [...ids].map((id) => this.disk.store.rows.get(id)?.packed);
    const parts = rows.map((row) => (row === undefined ? Buffer.of(0) : Buffer.concat([Buffer.of(1), row])));
    return { kind: 'rows', count: ids.length, memory: new Uint8Array(Buffer.concat(parts)) };
  }
}

/** Rows one after another, each behind a one. */
function packed(rows: readonly Buffer[]): Uint8Array {
  return new Uint8Array(Buffer.concat(rows.flatMap((row) => [Buffer.of(1), row])));
}
