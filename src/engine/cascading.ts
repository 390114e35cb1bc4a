import type { Bytes } from '../base/bytes';
import type { Core } from './core';
import type { LongWork, Work } from './long-work';

/** Edges followed between two looks at the clock. */
const STEP = 64;

/** Called for each key that depends on what changed; `db` is physical. */
export type Strike = (db: number, key: Bytes, via: Bytes) => void;

/**
 * What depends on a changed key dies with it, breadth first, in slices. While that is under way, nobody is shown a key that
 * has sources and may still be struck: whoever asks for one waits until it is done (`whenDone`). That takes one look at the
 * key, not at its ancestors, of which there may be a million.
 */
export class Cascading {
  private pending = 0;
  /** Replies wait for this: what a write began must be done, and durable, before it is acknowledged. */
  held: Promise<void> | null = null;
  private readonly done: (() => void)[] = [];

  constructor(
    private readonly core: Core,
    private readonly work: LongWork,
  ) {}

  /**
   * From keys of one physical database. `epoch` is that of the change: what was made since then is left alone, if it is met
   * later than at once.
   */
  from(db: number, keys: readonly Bytes[], epoch: number, strike: Strike): void | Promise<void> {
    const number = this.core.dbs.numberOf(db);
    const roots = keys.filter((key) => this.core.graph.hasNode(number, key));
    if (roots.length === 0) return;
    const result = this.work.run(this.walk(number, roots, epoch, strike));
    if (!(result instanceof Promise)) return;
    this.pending++;
    const end = () => {
      if (--this.pending === 0) for (const go of this.done.splice(0)) go();
    };
    return result.finally(end);
  }

  /** No reply is sent before this cascade is done. */
  hold(cascade: Promise<void>): void {
    const held: Promise<void> = Promise.all([this.held, cascade]).then(() => {
      if (this.held === held) this.held = null;
    });
    this.held = held;
  }

  /** Undefined unless a cascade is under way. */
  whenDone(): undefined | Promise<void> {
    return this.pending === 0 ? undefined : new Promise((resolve) => this.done.push(resolve));
  }

  get isIdle(): boolean {
    return this.pending === 0;
  }

  /** Whether a cascade that is under way may still come to the key. `db` is physical. */
  mayReach(db: number, key: Bytes): boolean {
    return this.pending > 0 && this.core.graph.hasSources(this.core.dbs.numberOf(db), key);
  }

  private *walk(number: number, roots: readonly Bytes[], epoch: number, strike: Strike): Work<void> {
    const { core } = this;
    let isLate = false;
    const walk = core.graph.beginCascade(number, roots, (of, key, _depth, via) => {
      const db = core.dbs.of(of);
      if (!isLate || !this.isNewer(db, key, epoch)) strike(db, key, via);
    });
    while (!walk.step(STEP)) {
      yield;
      isLate = true;
    }
  }

  private isNewer(db: number, key: Bytes, epoch: number): boolean {
    const slot = this.core.memory.find(db, key);
    return slot !== 0 && this.core.memory.fillEpoch(slot) >= epoch;
  }
}
