import * as fs from 'node:fs';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { DiskFailure } from './failure';
import type { Reply, Request } from './messages';

/** A worker runs compiled code only; under ts-jest this file is a .ts one, and the build is beside the sources. */
function workerFile(here: string = __filename): string {
  const dir = path.dirname(here);
  if (!here.endsWith('.ts')) return path.join(dir, 'worker', 'main.js');
  const root = path.resolve(dir, '../../..');
  return path.join(root, 'dist', path.relative(root, dir), 'worker', 'main.js');
}

/** What the main side needs of a worker; a simulation gives its own. */
export interface Link {
  send(request: Request, transfer?: ArrayBuffer[]): void;
  end(): Promise<void>;
}

/** Makes a link: what the worker says goes to `onReply`, its end to `onDeath`. */
export type MakeLink = (onReply: (reply: Reply) => void, onDeath: (reason: string) => void) => Link;

/** The thread and its port. Replies come in the order of requests. */
export class WorkerLink implements Link {
  private readonly worker: Worker;
  private ended = false;

  constructor(onReply: (reply: Reply) => void, onDeath: (reason: string) => void) {
    const file = workerFile();
    if (!fs.existsSync(file)) throw new DiskFailure('unusable', `${file} is missing, run: npm run build`);
    this.worker = new Worker(file, { name: 'larder-disk', execArgv: [] });
    this.worker.on('message', (reply: Reply) => {
      if (!this.ended) onReply(reply);
    });
    this.worker.on('error', (error) => this.died(`worker: ${error.message}`, onDeath));
    this.worker.on('exit', (code) => this.died(`worker ended with ${code}`, onDeath));
  }

  send(request: Request, transfer: ArrayBuffer[] = []): void {
    if (!this.ended) this.worker.postMessage(request, transfer);
  }

  /** Ends the thread where it stands. Nothing it still says is heard. */
  async end(): Promise<void> {
    this.ended = true;
    await this.worker.terminate();
  }

  private died(reason: string, onDeath: (reason: string) => void): void {
    if (this.ended) return;
    this.ended = true;
    onDeath(reason);
  }
}
