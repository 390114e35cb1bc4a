import type { Reply } from '../../../protocol/reply-reader';
import type { Argument, Connection } from '../io';
import { BadLine, checkHeader, LINE_BYTES_MAX, parseEntry, type SnapshotEntry } from './format';
import { linesOf } from './lines';

/** Entries, and bytes of keys and values, that travel at a time (one entry may be larger). */
const BATCH_ENTRIES_MAX = 500;
const BATCH_BYTES_MAX = 8 * 1024 * 1024;

export interface ImportCounts {
  imported: number;
  /** Lines that are no entries. */
  bad: number;
  /** Entries that the server answered with an error. */
  failed: number;
  /** Entries that the server would not store, without an error. */
  refused: number;
}

export interface ImportOptions {
  /** Database for everything; each entry's own when absent. */
  db?: number;
  /** Stop at the first line that was not imported. */
  strict: boolean;
}

interface Numbered {
  number: number;
  entry: SnapshotEntry;
}

/** The lines' way into the server. `complain` names each line that did not arrive, by its number from 1. */
export class Importer {
  readonly counts: ImportCounts = { imported: 0, bad: 0, failed: 0, refused: 0 };
  private batch: Numbered[] = [];
  private batchBytes = 0;
  /** The connection begins in the database that everything goes to, or in 0. */
  private selectedDb: number;

  constructor(
    private readonly connection: Connection,
    private readonly options: ImportOptions,
    private readonly complain: (lineNumber: number, problem: string) => void,
  ) {
    this.selectedDb = options.db ?? 0;
  }

  /** Throws BadLine when the first line is not a header that this version knows. */
  async run(chunks: AsyncIterable<Buffer | string>, progress: (bytesRead: number) => void): Promise<ImportCounts> {
    let number = 0;
    for await (const { line, bytesRead } of linesOf(chunks, LINE_BYTES_MAX)) {
      if (++number === 1) checkHeader(line ?? Buffer.alloc(0));
      else if (line?.length !== 0) await this.take(number, line);
      if (this.stopped) break;
      progress(bytesRead);
    }
    if (number === 0) checkHeader(Buffer.alloc(0));
    await this.flush();
    return this.counts;
  }

  private get stopped(): boolean {
    const { bad, failed, refused } = this.counts;
    return this.options.strict && bad + failed + refused > 0;
  }

  private async take(number: number, line: Buffer | null): Promise<void> {
    try {
      if (line === null) throw new BadLine(`expected a line of at most ${LINE_BYTES_MAX} bytes`);
      const entry = parseEntry(line);
      this.batch.push({ number, entry });
      this.batchBytes += entry.key.length + entry.value.length;
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      this.counts.bad++;
      this.complain(number, error.message);
    }
    if (this.batch.length >= BATCH_ENTRIES_MAX || this.batchBytes >= BATCH_BYTES_MAX) await this.flush();
  }

  private async flush(): Promise<void> {
    const { batch } = this;
    this.batch = [];
    this.batchBytes = 0;
    for (const run of runsOfOneDb(batch, this.options.db)) await this.store(run.db, run.entries);
  }

  private async store(db: number, entries: readonly Numbered[]): Promise<void> {
    if (this.selectedDb !== db) {
      const [selected] = await this.connection.pipeline([['SELECT', db]]);
      if (selected instanceof Error) {
        for (const { number } of entries) this.judge(number, selected);
        return;
      }
    }
    this.selectedDb = db;
    const replies = await this.connection.pipeline(entries.map(({ entry }) => storeRequest(entry)));
    for (const [i, { number }] of entries.entries()) this.judge(number, replies[i] ?? null);
  }

  private judge(number: number, reply: Reply): void {
    if (reply instanceof Error) {
      this.counts.failed++;
      this.complain(number, reply.message);
    } else if (reply === null) {
      this.counts.refused++;
      this.complain(number, 'the server did not store it');
    } else this.counts.imported++;
  }
}

function storeRequest({ key, value, ttlMs, tags }: SnapshotEntry): Argument[] {
  const expiry: Argument[] = ttlMs === null ? [] : ['PX', ttlMs];
  return tags.length === 0 ? ['SET', key, value, ...expiry] : ['TAGSET', key, value, ...expiry, 'TAGS', ...tags];
}

/** Neighbours of one database together, order kept: a key that comes twice ends as its last line says. */
function runsOfOneDb(batch: readonly Numbered[], forced: number | undefined): { db: number; entries: Numbered[] }[] {
  const runs: { db: number; entries: Numbered[] }[] = [];
  for (const numbered of batch) {
    const db = forced ?? numbered.entry.db;
    const last = runs.at(-1);
    if (last?.db === db) last.entries.push(numbered);
    else runs.push({ db, entries: [numbered] });
  }
  return runs;
}
