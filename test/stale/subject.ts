import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Connection } from './connection';
import { configOf } from './key-space';
import { sleep } from './origin';

/** A server that is checked. */
export interface Subject {
  /** Starts it on what it has stored so far; its port, once it answers. */
  start(origin: string): Promise<number>;
  /** kill -9, and waits for the end. */
  kill(): Promise<void>;
  /** For good; removes what it stored. */
  remove(): Promise<void>;
  /** SIGSTOP and SIGCONT. */
  freeze?(): void;
  thaw?(): void;
  /** Takes all room on its disk, and gives it back. */
  fillDisk?(): void;
  freeDisk?(): void;
}

/** The folder of package.json: this file runs from test/stale/ and from dist/test/stale/. */
export const ROOT = rootOf(__dirname);

const START_MS_MAX = 30_000;
/** Where nothing can be mounted, the server's own limit makes rows leave the disk. */
const SMALL_DISK_BYTES = '8mb';
const TMPFS_BYTES = 48 * 1024 * 1024;

/** The house's own server, as a process, on a directory that outlives kills. */
export class LarderSubject implements Subject {
  /** Why its disk cannot be filled; '' if it can. */
  readonly noSmallDisk: string;
  private readonly home = mkdtempSync(join(tmpdir(), 'larder-stale-'));
  private readonly dir = join(this.home, 'data');
  private child: ChildProcess | null = null;
  private ended: Promise<void> = Promise.resolve();
  private port = 0;

  /** `smallDisk`: on a tmpfs that can be filled, where mounting is permitted. */
  constructor(
    private flags: readonly string[],
    smallDisk: boolean,
    private readonly prefix = '',
  ) {
    execFileSync('mkdir', ['-p', this.dir]);
    this.noSmallDisk = smallDisk ? mount(this.dir) : 'not asked for';
    if (smallDisk && this.noSmallDisk !== '') this.flags = ['--disk-max-bytes', SMALL_DISK_BYTES, ...flags];
    process.once('exit', () => this.removeNow());
  }

  async start(origin: string): Promise<number> {
    if (this.port === 0) this.port = await freePort();
    const config = join(this.home, 'larder.yaml');
    writeFileSync(config, configOf(origin, this.prefix));
    const log = openSync(this.log, 'a');
    const standard = ['--port', `${this.port}`, '--admin-port', '0', '--dir', this.dir, '--journal-dir', this.dir];
    const args = [join(ROOT, 'bin', 'larder'), config, ...standard, '--disk-min-ttl', '0', ...this.flags];
    const child = spawn(process.execPath, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    this.ended = new Promise((done) => child.once('exit', () => done()));
    const limitMs = performance.now() + START_MS_MAX;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || performance.now() > limitMs)
        throw new Error(`the server does not start: ${this.logTail()}`);
      await sleep(3);
    }
    return this.port;
  }

  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.ended;
  }

  async remove(): Promise<void> {
    await this.kill();
    this.removeNow();
  }

  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  fillDisk(): void {
    const file = openSync(this.ballast, 'w');
    const block = Buffer.alloc(64 * 1024);
    try {
      for (let size = block.length; size >= 1; size = size > 1024 ? size >> 1 : 0) {
        try {
          for (;;) if (writeSync(file, block, 0, size) < size) break;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }

  freeDisk(): void {
    rmSync(this.ballast, { force: true });
  }

  private get ballast(): string {
    return join(this.dir, 'ballast');
  }

  private get log(): string {
    return join(this.home, 'server.log');
  }

  /** The last lines of its log. */
  logTail(lines = 5): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').trim().split('\n').slice(-lines).join('\n') : '';
  }

  /** Lines of its log that are warnings or worse, by text, with how often each came. */
  troubles(): [text: string, times: number][] {
    const times = new Map<string, number>();
    const log = existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
    for (const line of log.split('\n')) {
      const trouble = troubleIn(line);
      if (trouble !== '') times.set(trouble, (times.get(trouble) ?? 0) + 1);
    }
    return [...times].sort(([, a], [, b]) => b - a);
  }

  private removeNow(): void {
    this.child?.kill('SIGKILL');
    if (!existsSync(this.home)) return;
    if (this.noSmallDisk === '') {
      try {
        execFileSync('umount', ['-l', this.dir], { stdio: 'ignore' });
      } catch {
        // Somebody unmounted it.
      }
    }
    rmSync(this.home, { recursive: true, force: true, maxRetries: 3 });
  }
}

const WARNING = 40;

/** What a line of the log says, if it is a warning or worse; '' otherwise. Whatever is no log line is trouble. */
function troubleIn(line: string): string {
  try {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    return level >= WARNING ? `${msg}` : '';
  } catch {
    return line.trim();
  }
}

function mount(dir: string): string {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${TMPFS_BYTES}`, 'tmpfs', dir], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return `mounting a small disk is not permitted here (${String((error as Error).message).split('\n')[0]})`;
  }
}

function rootOf(dir: string): string {
  return existsSync(join(dir, 'package.json')) ? dir : rootOf(dirname(dir));
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function answers(port: number): Promise<boolean> {
  try {
    const connection = await Connection.open(
      port,
      () => performance.now(),
      () => {},
    );
    const reply = await connection.ask('PING').finally(() => connection.close());
    return String(reply) === 'PONG';
  } catch {
    return false;
  }
}
