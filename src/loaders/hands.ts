/** One who does one job at a time, apart from this thread: a process, or a thread that may be ended where it stands. */
export interface Hand<Job, Done> {
  /** Rejects with HandLost if it ends first. */
  do(job: Job): Promise<Done>;
  /** It may take another job. */
  readonly isFit: boolean;
  /** Settles once it is gone. Harmless afterwards. */
  end(): Promise<void>;
}

/** The one who did the job is gone, and nobody knows how far it came. */
export class HandLost extends Error {
  override name = 'HandLost';
}

/** So many wait already. */
export class LineFull extends Error {
  override name = 'LineFull';
}

const LINE_MAX = 10_000;

/**
 * Up to so many hands, made when they are needed and kept; further jobs wait in line. A job that is given up ends its
 * hand, whatever it is doing, and the next job gets a new one: that is the only way to end a loop.
 */
export class Hands<Job, Done> {
  private readonly idle: Hand<Job, Done>[] = [];
  private readonly busy = new Set<Hand<Job, Done>>();
  private readonly line = new Set<(hand: Hand<Job, Done> | undefined) => void>();
  private readonly ending = new Set<Promise<void>>();
  private closed = false;

  constructor(
    private readonly make: () => Hand<Job, Done>,
    private readonly handsMax: number,
  ) {}

  /** Rejects with HandLost, LineFull, or what the hand says. */
  async run(job: Job, signal: AbortSignal): Promise<Done> {
    const hand = await this.take(signal);
    if (hand === undefined) throw new HandLost('given up');
    const giveUp = () => this.letGo(hand);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      return await hand.do(job);
    } finally {
      signal.removeEventListener('abort', giveUp);
      this.giveBack(hand);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const wake of [...this.line]) wake(undefined);
    for (const hand of [...this.busy, ...this.idle]) this.letGo(hand);
    await Promise.all(this.ending);
  }

  private take(signal: AbortSignal): Promise<Hand<Job, Done> | undefined> {
    if (this.closed || signal.aborted) return Promise.resolve(undefined);
    const free = this.free();
    if (free !== undefined) return Promise.resolve(free);
    if (this.line.size >= LINE_MAX) return Promise.reject(new LineFull());
    return new Promise((resolve) => {
      const wake = (hand: Hand<Job, Done> | undefined) => {
        this.line.delete(wake);
        signal.removeEventListener('abort', leave);
        resolve(hand);
      };
      const leave = () => wake(undefined);
      signal.addEventListener('abort', leave, { once: true });
      this.line.add(wake);
    });
  }

  /** One that is idle, or a new one; undefined: all are busy. */
  private free(): Hand<Job, Done> | undefined {
    let hand = this.idle.pop();
    while (hand !== undefined && !hand.isFit) {
      this.letGo(hand);
      hand = this.idle.pop();
    }
    // One that is being ended may still use a processor, so it counts until it is gone.
    if (hand === undefined && this.busy.size + this.ending.size >= this.handsMax) return undefined;
    hand ??= this.make();
    this.busy.add(hand);
    return hand;
  }

  private giveBack(hand: Hand<Job, Done>): void {
    if (!this.busy.delete(hand)) return;
    if (hand.isFit) this.idle.push(hand);
    else this.letGo(hand);
    this.serveNext();
  }

  private letGo(hand: Hand<Job, Done>): void {
    this.busy.delete(hand);
    const at = this.idle.indexOf(hand);
    if (at !== -1) this.idle.splice(at, 1);
    const gone: Promise<void> = hand.end().finally(() => {
      this.ending.delete(gone);
      this.serveNext();
    });
    this.ending.add(gone);
  }

  private serveNext(): void {
    const [wake] = this.line;
    if (wake === undefined || this.closed) return;
    const hand = this.free();
    if (hand !== undefined) wake(hand);
  }
}
