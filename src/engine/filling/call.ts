import type { Cancel } from '../../base/world';
import { failure, type LoadItem, type LoadResult } from '../../loaders/loader';
import type { LoadCall } from '../families';
import type { Load } from './load';

const FAILED = failure('failed', true);

/** One call to a source: for one key, or for several of one template. */
export class Call {
  readonly loads: Load[] = [];
  /** Still open for others that miss in the same turn. */
  cancelGathering: Cancel | undefined;
  /** It lets the breaker decide. */
  decides = false;
  /** Counted as one that nobody waits for. */
  countsAsQuiet = false;

  constructor(
    readonly template: number,
    readonly keysMax: number,
    /** Clock ms: its loads end by then. */
    readonly deadlineAtMs: number,
  ) {}

  get isFull(): boolean {
    return this.loads.length >= this.keysMax;
  }

  /** Nobody waits for any of it. */
  get isQuiet(): boolean {
    return this.loads.every((load) => load.isQuiet && load.waiters.length === 0);
  }

  /** Never rejects. Results in the order of `loads`. */
  async ask(call: LoadCall): Promise<LoadResult[]> {
    const first = this.loads[0]!;
    try {
      if (this.keysMax === 1) return [await first.from.one(call, first.validator)];
      return await this.askMany(first, call);
    } catch (thrown) {
      const failed = thrown instanceof Error ? failure(thrown.message, true) : FAILED;
      return this.loads.map(() => failed);
    }
  }

  /** A key that is asked for by two databases is one item. */
  private async askMany(first: Load, call: LoadCall): Promise<LoadResult[]> {
    const places = new Map<string, number>();
    const items: LoadItem[] = [];
    const placeOf = this.loads.map(({ from: { item } }) => {
      let place = places.get(item.key);
      if (place === undefined) {
        place = items.push(item) - 1;
        places.set(item.key, place);
      }
      return place;
    });
    if (items.length === 1) {
      const result = await first.from.one(call, first.validator);
      return placeOf.map(() => result);
    }
    const results = await first.from.many(items, call);
    return placeOf.map((place) => results[place] ?? FAILED);
  }
}
