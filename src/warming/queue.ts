import { bytesOf, copyOf, latin1Of } from '../base/bytes';
import { nameOf } from '../base/key-name';
import type { QuietLoad, QuietOutcome } from '../engine/quiet-loads';
import { goesBefore, Heap, type HeapItem } from './heap';

/** Who wants it: WARM, a task, what was learned from use, what is about to expire, WARMUSER. */
export const WARM_ORIGINS = ['command', 'task', 'learned', 'expiring', 'user'] as const;
export type WarmOrigin = (typeof WARM_ORIGINS)[number];

/** Of keys that WARM names: before every task's, which go from -1,000,000 to 1,000,000. */
export const COMMAND_PRIORITY = 1_000_000_000;

/** Who may wait for the end of one key's loading. */
const JOINED_MAX = 64;

/** `dropped`: nobody wanted it any more when its turn came. */
export type WarmOutcome = QuietOutcome | 'dropped';

/** A key to be loaded when the budget allows. `db` is physical; the key is copied. */
export interface WarmOffer extends QuietLoad {
  /** Higher goes first. */
  priority: number;
  origin: WarmOrigin;
  /** The task's id, for the statistics. */
  task?: string;
  /** Asked when its turn comes: false, and it is dropped. */
  isWanted?(): boolean;
  /** Called once, when it is over; may offer again. */
  done?(outcome: WarmOutcome): void;
}

/** One key in line. */
export interface WarmItem extends HeapItem {
  readonly name: string;
  /** The source that it is loaded from. */
  readonly source: string;
  offer: WarmOffer;
  /** Of all that wanted it. */
  readonly done: ((outcome: WarmOutcome) => void)[];
  /** Loads that failed. */
  tries: number;
  /** Each of them may drop it; one that does not is enough. */
  readonly wanted: ((() => boolean) | undefined)[];
}

export interface WarmQueueParts {
  /** `warm-queue-max`; asked anew each time. */
  keysMax(): number;
  /** The name of the source that a key (latin1) is loaded from; undefined: nothing loads it. */
  sourceOf(key: string): string | undefined;
}

/**
 * Keys that wait to be warmed, each once, whoever wants them: a line for each source, the highest priority first, then
 * the one that came first. Everything that warms offers here, and one budget takes.
 */
export class WarmQueue {
  private readonly items = new Map<string, WarmItem>();
  private readonly lines = new Map<string, Heap<WarmItem>>();
  private order = 0;
  /** Something was offered. */
  onOffer: () => void = () => {};
  /** Told of each key that came into the line. */
  onQueued: (offer: WarmOffer) => void = () => {};

  constructor(private readonly parts: WarmQueueParts) {}

  /** Keys in line. */
  get size(): number {
    return this.items.size;
  }

  /** Sources that keys were ever in line for. */
  get sources(): number {
    return this.lines.size;
  }

  get isFull(): boolean {
    return this.items.size >= this.parts.keysMax();
  }

  /** False: nothing loads this key, or there is no room. One that is in line already keeps the higher priority. */
  offer(offer: WarmOffer): boolean {
    const name = nameOf(offer.db, offer.key);
    const known = this.items.get(name);
    if (known !== undefined) return this.join(known, offer);
    const source = this.parts.sourceOf(latin1Of(offer.key));
    if (source === undefined || this.isFull) return false;
    const item: WarmItem = {
      name,
      source,
      offer: { ...offer, key: bytesOf(copyOf(offer.key)) },
      done: offer.done === undefined ? [] : [offer.done],
      wanted: [offer.isWanted],
      tries: 0,
      priority: offer.priority,
      order: this.order++,
      place: -1,
    };
    this.items.set(name, item);
    this.lineOf(source).add(item);
    this.onQueued(offer);
    this.onOffer();
    return true;
  }

  /** The first in line of those whose source may be asked; it is out of the line then. */
  take(maySource: (source: string) => boolean): WarmItem | undefined {
    for (;;) {
      const item = this.first(maySource);
      if (item === undefined) return undefined;
      this.remove(item);
      if (item.wanted.some((isWanted) => isWanted?.() !== false)) return item;
      for (const done of item.done) done('dropped');
    }
  }

  /** The next of a source, after the one that was taken, if it `fits`. */
  takeMore(source: string, fits: (item: WarmItem) => boolean): WarmItem | undefined {
    const { first } = this.lineOf(source);
    if (first === undefined || !fits(first) || first.wanted.every((isWanted) => isWanted?.() === false))
      return undefined;
    this.remove(first);
    return first;
  }

  /** What was taken is to be taken again, in its old place. */
  putBack(item: WarmItem): void {
    const known = this.items.get(item.name);
    if (known !== undefined) {
      known.done.push(...item.done);
      known.wanted.push(...item.wanted);
      known.tries = Math.max(known.tries, item.tries);
      return;
    }
    this.items.set(item.name, item);
    this.lineOf(item.source).add(item);
  }

  /** As `putBack`, behind all of its priority. */
  putBehind(item: WarmItem): void {
    item.order = this.order++;
    this.putBack(item);
  }

  /** Keys in line by source. */
  *bySource(): Generator<[source: string, keys: number]> {
    for (const [source, line] of this.lines) yield [source, line.size];
  }

  private first(maySource: (source: string) => boolean): WarmItem | undefined {
    let best: WarmItem | undefined;
    for (const [source, line] of this.lines) {
      const { first } = line;
      if (first === undefined || (best !== undefined && !goesBefore(first, best)) || !maySource(source)) continue;
      best = first;
    }
    return best;
  }

  private join(item: WarmItem, offer: WarmOffer): boolean {
    if (item.done.length + item.wanted.length >= JOINED_MAX) return false;
    if (offer.done !== undefined) item.done.push(offer.done);
    if (!item.wanted.includes(undefined)) item.wanted.push(offer.isWanted);
    const force = offer.force === true || item.offer.force === true;
    if (offer.priority > item.priority) {
      item.offer = { ...offer, key: item.offer.key };
      item.priority = offer.priority;
      this.lineOf(item.source).settle(item);
    }
    if (force) item.offer.force = true;
    return true;
  }

  private remove(item: WarmItem): void {
    this.items.delete(item.name);
    this.lineOf(item.source).remove(item);
  }

  private lineOf(source: string): Heap<WarmItem> {
    let line = this.lines.get(source);
    if (line === undefined) this.lines.set(source, (line = new Heap()));
    return line;
  }
}
