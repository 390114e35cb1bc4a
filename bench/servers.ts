import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ask } from './client';
import { cpuMs, freePort, hasEnded, rssBytes, settle, willKill, willRemove } from './processes';
import { sleepMs } from './statistics';

/** dist/bench/servers.js is two folders below the root. */
const ROOT = resolve(__dirname, '..', '..');
const LARDER = join(ROOT, 'bin', 'larder');
/** Both are needed: the program and what it was built into. */
const LARDER_FILES = [LARDER, join(ROOT, 'dist', 'src', 'main.js')];
const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 60_000;
const OPEN_FILES_MAX = 20_000;
const PING_EVERY_MS = 3;

export type TargetName = 'larder' | 'redis';

/**
 * When redis-server syncs its append-only file. With `everysec` it answers before it has written, while a sync is under
 * way, and loses that with kill -9; with `no` what it acknowledged is with the operating system, as Larder's is.
 */
export type AppendOnly = 'everysec' | 'no';

export interface ServerOptions {
  /** Larder's disk layer. Redis: nothing is written, unless `appendOnly`. */
  disk: boolean;
  maxmemory?: string;
  /** redis-server keeps an append-only file: the fair match where a restart is measured. Larder has its disk layer. */
  appendOnly?: AppendOnly;
  /** A configuration file. Larder only. */
  file?: string;
  /** Further settings by name; both servers know Redis's names. */
  settings?: Record<string, string>;
}

/** What a target can do that a case may need. */
export interface Target {
  name: TargetName;
  label: string;
  /** Has TAGSET, INVALTAG and their kin. */
  hasTags: boolean;
  command(port: number, dir: string, options: ServerOptions): string[];
  /** Why it cannot be started here, or null. */
  missing(): string | null;
}

const settingsOf = (options: ServerOptions) =>
  Object.entries(options.settings ?? {}).flatMap(([name, value]) => [`--${name}`, value]);

export const TARGETS: Record<TargetName, Target> = {
  larder: {
    name: 'larder',
    label: 'Larder',
    hasTags: true,
    command: (port, dir, options) => [
      ...[process.execPath, LARDER, '--port', `${port}`, '--dir', dir, '--maxmemory', options.maxmemory ?? '8gb'],
      ...['--disk', options.disk ? 'on' : 'off', '--admin-port', '0', ...settingsOf(options)],
      ...(options.file === undefined ? [] : [options.file]),
    ],
    missing: () => {
      const absent = LARDER_FILES.find((file) => !existsSync(file));
      return absent === undefined ? null : `${absent} does not exist`;
    },
  },
  redis: {
    name: 'redis',
    label: 'redis-server',
    hasTags: false,
    command: (port, dir, options) => [
      ...[
        'redis-server',
        '--port',
        `${port}`,
        '--bind',
        '127.0.0.1',
        '--protected-mode',
        'no',
        '--dir',
        dir,
        '--save',
        '',
      ],
      ...['--maxmemory', options.maxmemory ?? '8gb', '--maxmemory-policy', 'allkeys-lru'],
      ...[
        '--appendonly',
        options.appendOnly ? 'yes' : 'no',
        '--appendfsync',
        options.appendOnly ?? 'no',
        ...settingsOf(options),
      ],
    ],
    missing: () => null,
  },
};

/** One server as a child process, with a directory of its own that outlives restarts. */
export class Server {
  private child: ChildProcess | null = null;
  private ended: Promise<void> = Promise.resolve();

  private constructor(
    readonly target: Target,
    readonly port: number,
    readonly dir: string,
    private options: ServerOptions,
  ) {}

  /** Starts and waits for PONG. Throws with the end of the server's log if it does not come. */
  static async start(target: Target, options: ServerOptions): Promise<Server> {
    const dir = mkdtempSync(join(tmpdir(), `larder-bench-${target.name}-`));
    willRemove(dir);
    const server = new Server(target, await freePort(), dir, options);
    await server.startAgain();
    return server;
  }

  get pid(): number {
    return this.child?.pid ?? 0;
  }

  /** Starts the stopped server on its directory and port. Returns the milliseconds from spawn to the first PONG. */
  async startAgain(changed: Partial<ServerOptions> = {}): Promise<number> {
    this.options = { ...this.options, ...changed };
    const startedMs = performance.now();
    this.spawn(this.target.command(this.port, this.dir, this.options));
    while (!(await this.pongs())) {
      const tookMs = performance.now() - startedMs;
      if (this.child === null || tookMs > START_LIMIT_MS) {
        await this.kill();
        throw new Error(`${this.target.label} did not answer PING within ${Math.round(tookMs)} ms: ${this.logTail()}`);
      }
      await sleepMs(PING_EVERY_MS);
    }
    return performance.now() - startedMs;
  }

  /** SIGTERM, and waits for the end. */
  stop(): Promise<void> {
    return this.end('SIGTERM');
  }

  /** kill -9, and waits for the end. */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Stops for good and removes the directory. */
  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
  }

  rssBytes(): number {
    return rssBytes(this.pid);
  }

  cpuMs(): number {
    return cpuMs(this.pid);
  }

  /** Stands still until `resume`: takes no processor time, answers nothing. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  /** Waits for background work to end: the write-behind queue empty (a server that has one), then the processor idle. */
  async settle(limitMs = 60_000): Promise<boolean> {
    const deadline = Date.now() + limitMs;
    while (Date.now() < deadline && (await this.diskQueue()) > 0) await sleepMs(50);
    return settle(this.pid, Math.max(deadline - Date.now(), 1));
  }

  /** Rows that wait to be written: Larder's `disk_queue` in INFO. Throws if it is not there: nobody would notice. */
  async diskQueue(): Promise<number> {
    if (this.target.name !== 'larder' || !this.options.disk) return 0;
    const rows = await this.info('disk_queue');
    if (rows === undefined) throw new Error('INFO has no field disk_queue');
    return Number(rows);
  }

  /** Throws unless so many keys live: figures of an empty cache mean nothing. */
  async expectKeys(wanted: number): Promise<void> {
    const found = await ask(this.port, 'DBSIZE');
    if (found !== wanted) throw new Error(`${this.target.label} has ${found} keys where ${wanted} were stored`);
  }

  /** A field of INFO, or undefined. */
  async info(field: string): Promise<string | undefined> {
    const text = String(await ask(this.port, 'INFO'));
    return new RegExp(`^${field}:(.*)\r$`, 'm').exec(text)?.[1];
  }

  private spawn(command: string[]): void {
    const log = openSync(join(this.dir, 'server.log'), 'a');
    // The shell raises the limit of open files and becomes the server, so the pid is the server's.
    const raise = `ulimit -n ${OPEN_FILES_MAX} 2>/dev/null; exec "$@"`;
    const child = spawn('sh', ['-c', raise, 'sh', ...command], { cwd: ROOT, stdio: ['ignore', log, log] });
    closeSync(log);
    this.child = child;
    if (child.pid !== undefined) willKill(child.pid);
    this.ended = new Promise((done) => {
      const end = () => {
        if (child.pid !== undefined) hasEnded(child.pid);
        if (this.child === child) this.child = null;
        done();
      };
      child.once('exit', end);
      child.once('error', end);
    });
  }

  private async pongs(): Promise<boolean> {
    try {
      return (await ask(this.port, 'PING')) === 'PONG';
    } catch {
      return false;
    }
  }

  private async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.child;
    if (child === null) return;
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await this.ended;
    clearTimeout(late);
  }

  private logTail(): string {
    return readFileSync(join(this.dir, 'server.log'), 'utf8').trim().split('\n').slice(-5).join(' | ');
  }
}
