import type { Batches } from './batches';

/** Kills waiting at most; beyond it the oldest go to the worker as new ones come. */
const KILLS_WAITING_MAX = 1 << 20;
const START = 1 << 10;
/** Ops waiting for kills; more are refused. */
const OPS_WAITING_MAX = 1 << 20;
/** Followers that are gone stay in the list up to this many. */
const COMPACT_AT = 1 << 14;

interface Follower {
  mark: number;
  ops: number;
  send: () => void;
}

/** Kills that are sent for one that finds the queue full. */
const SPILL = 64;

/**
 * Deaths of rows that the file need not hear of at once: they are in the journal (or need not outlive a crash), and nobody
 * reads those rows. They go to the worker when there is time for them, so that overwriting what is on disk costs a server
 * under load a journal record and nothing more. Order among kills and rows does not matter: both carry versions.
 */
export class KillQueue {
  private ids = new Float64Array(START);
  private versions = new Float64Array(START);
  private head = 0;
  private tail = 0;
  /** What may go to the file only after the kills before its mark, oldest first, from `firstFollower` on. */
  private followers: Follower[] = [];
  private firstFollower = 0;
  private opsWaiting = 0;

  constructor(
    private readonly batches: Batches,
    private readonly waitingMax: number = KILLS_WAITING_MAX,
  ) {}

  get length(): number {
    return this.tail - this.head;
  }

  push(id: number, version: number): void {
    if (this.length === this.waitingMax) this.send(SPILL);
    else if (this.length === this.ids.length) this.grow();
    const at = this.tail++ & (this.ids.length - 1);
    this.ids[at] = id;
    this.versions[at] = version;
  }

  /** Moves up to `count` of the oldest into batches; how many. */
  send(count: number): number {
    const end = Math.min(this.tail, this.head + count);
    const sent = end - this.head;
    const { batches, ids, versions } = this;
    const mask = ids.length - 1;
    for (; this.head < end; this.head++) {
      const at = this.head & mask;
      batches.ops.kill(ids[at]!, versions[at]!);
    }
    this.sendFollowers();
    return sent;
  }

  sendAll(): void {
    this.send(this.length);
  }

  /**
   * Calls `send`, which writes so many ops, once all kills of before are in batches. False, and it never will, if too many
   * wait for that.
   */
  after(ops: number, send: () => void): boolean {
    if (this.length === 0 && this.firstFollower === this.followers.length) {
      send();
      return true;
    }
    if (this.opsWaiting + ops > OPS_WAITING_MAX) return false;
    this.opsWaiting += ops;
    this.followers.push({ mark: this.tail, ops, send });
    return true;
  }

  private sendFollowers(): void {
    const { followers } = this;
    while (this.firstFollower < followers.length && followers[this.firstFollower]!.mark <= this.head) {
      const { ops, send } = followers[this.firstFollower++]!;
      this.opsWaiting -= ops;
      send();
    }
    if (this.firstFollower < COMPACT_AT && this.firstFollower < followers.length) return;
    this.followers = followers.slice(this.firstFollower);
    this.firstFollower = 0;
  }

  /**
   * Number of the batch by which everything said up to now is in the file; Infinity as long as kills of before wait.
   */
  barrier(): () => number {
    const mark = this.tail;
    let batch = Number.POSITIVE_INFINITY;
    const look = () => {
      if (batch === Number.POSITIVE_INFINITY && this.head >= mark) batch = this.batches.newest;
      return batch;
    };
    look();
    return look;
  }

  /** There is no file any more that they are about. */
  clear(): void {
    this.head = this.tail;
    this.send(0);
  }

  private grow(): void {
    const { ids, versions } = this;
    const mask = ids.length - 1;
    const larger = new Float64Array(ids.length * 2);
    const largerVersions = new Float64Array(ids.length * 2);
    for (let i = this.head; i < this.tail; i++) {
      larger[i & (larger.length - 1)] = ids[i & mask]!;
      largerVersions[i & (larger.length - 1)] = versions[i & mask]!;
    }
    this.ids = larger;
    this.versions = largerVersions;
  }
}
