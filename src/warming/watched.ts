import { bytesOf } from '../base/bytes';
import type { WarmCounts } from './counts';
import type { WarmHouse } from './house';

/** Loaded keys that are watched; of more, the oldest are let go unjudged. */
const WATCHED_MAX = 16_384;
/** Keys looked at in one step. */
const STEP = 16;

interface Watch {
  readonly db: number;
  readonly key: string;
  readonly counts: readonly WarmCounts[];
  /** When it was last looked at, and whether it was read since it was warmed. */
  hits: number;
  wasRead: boolean;
}

/**
 * Whether what was warmed was wanted: keys are looked at in turn until they are read, are warmed again or are gone. Costs
 * reads nothing; one between the last look and the end of an entry is not seen.
 */
export class Watched {
  private readonly byName = new Map<string, Watch>();
  private walk = this.byName.values();

  constructor(private readonly house: WarmHouse) {}

  get size(): number {
    return this.byName.size;
  }

  /** The key was loaded, or found unchanged. */
  warmed(name: string, db: number, key: string, counts: readonly WarmCounts[]): void {
    const before = this.byName.get(name);
    if (before !== undefined) this.end(name, before);
    else if (this.byName.size >= WATCHED_MAX) this.byName.delete(this.byName.keys().next().value!);
    const hits = this.house.hitsOf(db, bytesOf(key)) ?? 0;
    this.byName.set(name, { db, key, counts, hits, wasRead: false });
  }

  /** It is about to be warmed again, or looked at anew: what was read so far counts. */
  look(name: string): void {
    const watch = this.byName.get(name);
    if (watch !== undefined) this.lookAt(name, watch);
  }

  /** Looks at a few of them. */
  step(): void {
    for (let i = Math.min(STEP, this.byName.size); i > 0; i--) {
      let next = this.walk.next();
      if (next.done === true) {
        this.walk = this.byName.values();
        next = this.walk.next();
      }
      if (next.done === true) return;
      const watch = next.value;
      this.lookAt(nameOfWatch(watch), watch);
    }
  }

  private lookAt(name: string, watch: Watch): void {
    const hits = this.house.hitsOf(watch.db, bytesOf(watch.key));
    if (hits === undefined) this.end(name, watch);
    else {
      if (hits > watch.hits) this.read(watch, hits - watch.hits);
      watch.hits = hits;
    }
  }

  private read(watch: Watch, times: number): void {
    for (const counts of watch.counts) {
      counts.hits += times;
      if (!watch.wasRead) counts.used++;
    }
    watch.wasRead = true;
  }

  private end(name: string, watch: Watch): void {
    this.byName.delete(name);
    if (!watch.wasRead) for (const counts of watch.counts) counts.wasted++;
  }
}

function nameOfWatch({ db, key }: Watch): string {
  return String.fromCharCode(db) + key;
}
