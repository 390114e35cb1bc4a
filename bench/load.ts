import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import type { FromGenerator, LoadFigures, LoadPlan, SentFigures, ToGenerator } from './load-plan';
import { hasEnded, willKill } from './processes';

/** A generator in a process of its own, so that neither its work nor its garbage collection disturbs what measures. */
export class Load {
  /** Figures since the last mark, when the load has ended. Rejects when a connection breaks. */
  readonly done: Promise<LoadFigures>;
  private readonly marks: ((figures: LoadFigures) => void)[] = [];

  private constructor(private readonly child: ChildProcess) {
    this.done = new Promise((resolve, reject) => {
      child.on('message', (message: FromGenerator) => {
        if ('figures' in message) this.marks.shift()?.(received(message.figures));
        if ('failed' in message) reject(new Error(`load generator: ${message.failed}`));
        if ('done' in message) resolve(received(message.done));
        if ('done' in message || 'failed' in message) child.disconnect();
      });
      child.once('exit', () => {
        if (child.pid !== undefined) hasEnded(child.pid);
        reject(new Error('load generator ended early'));
      });
    });
    // A load may break before anyone waits for it.
    this.done.catch(() => {});
  }

  /** Resolves when all connections are open and the first requests are on their way. */
  static async start(plan: LoadPlan): Promise<Load> {
    const child = fork(join(__dirname, 'load-worker.js'), { serialization: 'advanced' });
    if (child.pid !== undefined) willKill(child.pid);
    const load = new Load(child);
    const ready = new Promise<void>((resolve) => {
      child.on('message', (message: FromGenerator) => 'ready' in message && resolve());
    });
    load.send({ plan });
    await Promise.race([ready, load.done]);
    return load;
  }

  /** Figures since the last mark (or the start). */
  mark(): Promise<LoadFigures> {
    const figures = new Promise<LoadFigures>((resolve) => this.marks.push(resolve));
    this.send({ mark: true });
    return Promise.race([figures, this.done]);
  }

  /** Ends the load and returns the figures since the last mark. */
  stop(): Promise<LoadFigures> {
    this.send({ stop: true });
    return this.done;
  }

  private send(message: ToGenerator): void {
    if (this.child.connected) this.child.send(message);
  }
}

function received(sent: SentFigures): LoadFigures {
  return {
    ...sent,
    latencyUs: decodeFromCompressedBase64(sent.latencyUs),
    lagUs: decodeFromCompressedBase64(sent.lagUs),
  };
}

/** Runs a load to its end. Throws when the server answered with an error: such figures mean nothing. */
export async function runLoad(plan: LoadPlan): Promise<LoadFigures> {
  const figures = await (await Load.start(plan)).done;
  if (figures.errors > 0) throw new Error(`${figures.errors} errors from the server, the first: ${figures.firstError}`);
  return figures;
}

export const VALUE_100 = 'v'.repeat(100);

/** SETs keys 0 to count - 1, 16 bytes each, with 100 bytes. */
export function fill(port: number, count: number, more: Partial<LoadPlan> = {}): Promise<LoadFigures> {
  return runLoad({
    ...{ port, connections: 8, pipeline: 64, commands: [{ args: ['SET', 'key:{n}', VALUE_100] }] },
    ...{ keys: { count, order: 'sequential' }, requests: count, ...more },
  });
}
