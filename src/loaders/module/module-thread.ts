import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Log } from '../../base/world';
import { type Hand, HandLost } from '../hands';
import type { ModuleDone, ModuleJob, ThreadData } from './messages';

/** Of what a module prints in one load, the rest is dropped. */
const LINES_MAX = 20;
const LINE_LENGTH_MAX = 500;

export interface ModuleThreadOptions {
  /** Of compiled code. */
  script: string;
  file: string;
  memoryBytesMax: number;
  /** All that the module sees of the environment. */
  env: Readonly<Record<string, string>>;
  log: Log | undefined;
}

/** One thread with the module in it. It does one load at a time, so that ending it ends that load and no other. */
export class ModuleThread implements Hand<ModuleJob, ModuleDone> {
  private readonly worker: Worker;
  private waiting: { resolve(done: ModuleDone): void; reject(error: Error): void } | undefined;
  private linesLeft = LINES_MAX;
  private why = 'module ended its thread';
  isFit = true;

  constructor(private readonly options: ModuleThreadOptions) {
    const { script, file, memoryBytesMax, env } = options;
    this.worker = new Worker(script, {
      name: 'larder-module',
      workerData: { file } satisfies ThreadData,
      execArgv: [],
      env: { ...env },
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.ceil(memoryBytesMax / 2 ** 20) },
    });
    this.worker.on('message', (done: ModuleDone) => {
      if (done.isSpent) this.isFit = false;
      this.waiting?.resolve(done);
      this.waiting = undefined;
    });
    this.worker.on('error', (error) => {
      if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') {
        this.why = `module used more than ${Math.ceil(memoryBytesMax / 2 ** 20)} MB`;
      } else {
        this.why = 'module failed outside of a load';
        this.options.log?.warn({ module: file, error: String(error?.message).slice(0, LINE_LENGTH_MAX) }, this.why);
      }
      this.lose();
    });
    this.worker.on('exit', () => this.lose());
    this.follow(this.worker.stdout);
    this.follow(this.worker.stderr);
  }

  do(job: ModuleJob): Promise<ModuleDone> {
    this.linesLeft = LINES_MAX;
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
      if (this.isFit) this.worker.postMessage(job);
      else this.lose();
    });
  }

  async end(): Promise<void> {
    this.why = 'cancelled';
    this.lose();
    await this.worker.terminate();
  }

  private lose(): void {
    this.isFit = false;
    this.waiting?.reject(new HandLost(this.why));
    this.waiting = undefined;
  }

  /** What it prints goes to the log, line by line, cut and counted. */
  private follow(stream: Readable): void {
    let rest = '';
    stream.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!.slice(0, LINE_LENGTH_MAX);
      for (const line of lines) this.print(line.slice(0, LINE_LENGTH_MAX));
    });
    stream.on('error', () => {});
  }

  private print(line: string): void {
    if (this.linesLeft < 0) return;
    const message = this.linesLeft-- > 0 ? line : 'more lines of this load are left out';
    this.options.log?.info({ module: this.options.file, line: message }, 'a module says');
  }
}
