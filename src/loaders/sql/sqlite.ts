import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { BoundQuery } from '../../base/patterns/statement';
import { compiledFile } from '../compiled-file';
import { type Hand, HandLost, Hands, LineFull } from '../hands';
import type { Database, DatabaseOptions, QueryFailure } from './database';
import type { Outcome, Reading } from './row-reader';
import { queryFailure } from './sql-reasons';

/** Readers of one file do not wait for each other; more of them than processors gain nothing. */
const PROCESSES_MAX_DEFAULT = 2;

/** What the process that reads is asked, one at a time. */
export interface SqliteJob {
  query: BoundQuery;
  reading: Reading;
}

export type SqliteDone = Outcome | QueryFailure;

/**
 * SQLite through better-sqlite3, in processes of its own: a query that loops inside SQLite cannot be interrupted from
 * JavaScript, and ending its thread waits for it, but a process can be killed.
 */
export class SqliteDatabase implements Database {
  private readonly hands: Hands<SqliteJob, SqliteDone>;

  constructor({ url: file, connectionsMax = PROCESSES_MAX_DEFAULT }: DatabaseOptions) {
    const script = compiledFile('sql/sqlite-main');
    if (!existsSync(script)) throw new Error(`${script} is missing, run: npm run build`);
    this.hands = new Hands(() => new SqliteProcess(script, file), connectionsMax);
  }

  async run(query: BoundQuery, reading: Reading, signal: AbortSignal): Promise<SqliteDone> {
    try {
      return await this.hands.run({ query, reading }, signal);
    } catch (error) {
      if (error instanceof LineFull) return queryFailure('too many loads wait for a connection', true);
      return queryFailure('connection lost', true);
    }
  }

  close(): Promise<void> {
    return this.hands.close();
  }
}

class SqliteProcess implements Hand<SqliteJob, SqliteDone> {
  private readonly child: ChildProcess;
  private readonly gone: Promise<void>;
  private waiting: { resolve(done: SqliteDone): void; reject(error: Error): void } | undefined;
  isFit = true;

  constructor(script: string, file: string) {
    this.child = fork(script, [file], {
      serialization: 'advanced',
      execArgv: [],
      env: {},
      // The last is never written to: when this process is gone, however it went, the other sees its end.
      stdio: ['ignore', 'ignore', 'ignore', 'ipc', 'pipe'],
    });
    this.child.stdio[4]?.on('error', () => {});
    this.gone = new Promise((resolve) => {
      const end = () => {
        this.lose();
        resolve();
      };
      this.child.once('exit', end);
      // It did not even start.
      this.child.once('error', end);
    });
    this.child.on('message', (done: SqliteDone) => {
      this.waiting?.resolve(done);
      this.waiting = undefined;
    });
  }

  do(job: SqliteJob): Promise<SqliteDone> {
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      if (this.isFit) this.child.send(job, (error) => error !== null && this.lose());
      else this.lose();
    });
  }

  end(): Promise<void> {
    this.lose();
    this.child.kill('SIGKILL');
    return this.gone;
  }

  private lose(): void {
    this.isFit = false;
    this.waiting?.reject(new HandLost('its process ended'));
    this.waiting = undefined;
  }
}
