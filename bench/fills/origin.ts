import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { hasEnded, willKill } from '../processes';
import type { FromOrigin, OriginCounts, ToOrigin } from './origin-messages';

/** The origin of `fills`, from outside. */
export class Origin {
  private asked = 0;
  private readonly waiting = new Map<number, (counts: OriginCounts) => void>();

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    child.on('message', (message: FromOrigin) => {
      if (!('id' in message)) return;
      this.waiting.get(message.id)?.(message.counts);
      this.waiting.delete(message.id);
    });
  }

  static start(): Promise<Origin> {
    const child = fork(join(__dirname, 'origin-worker.js'));
    if (child.pid !== undefined) willKill(child.pid);
    return new Promise((resolve, reject) => {
      child.once('message', (message: FromOrigin) => {
        if ('port' in message) resolve(new Origin(child, message.port));
      });
      child.once('exit', (code) => {
        if (child.pid !== undefined) hasEnded(child.pid);
        reject(new Error(`the origin ended with ${code}`));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  counts(): Promise<OriginCounts> {
    return this.tell('counts');
  }

  /** Accepts connections and resets them from now on. */
  die(): Promise<OriginCounts> {
    return this.tell('die');
  }

  /** Answers again, with other values. */
  revive(): Promise<OriginCounts> {
    return this.tell('revive');
  }

  /** What it counted; counts begin anew. */
  forget(): Promise<OriginCounts> {
    return this.tell('forget');
  }

  close(): void {
    this.child.disconnect();
  }

  private tell(what: ToOrigin['do']): Promise<OriginCounts> {
    const id = ++this.asked;
    const message: ToOrigin = { id, do: what };
    return new Promise((resolve) => {
      this.waiting.set(id, resolve);
      this.child.send(message);
    });
  }
}
