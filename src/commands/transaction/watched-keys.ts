import { type Bytes, copyOf } from '../../base/bytes';
import { nameOf } from '../../base/key-name';
import type { EngineApi } from '../../engine/api';
import type { Follower } from '../../engine/followers';

interface WatchedKey {
  readonly db: number;
  readonly key: Bytes;
  /** When WATCH was answered. */
  readonly wasThere: boolean;
}

/** The keys that a client watches, and whether one of them was touched since. */
export class Watch implements Follower {
  isTouched = false;
  private readonly keys = new Map<string, WatchedKey>();

  constructor(engine: EngineApi) {
    engine.notices.begin();
  }

  get size(): number {
    return this.keys.size;
  }

  noticed(): void {
    this.isTouched = true;
  }

  has(db: number, key: Bytes): boolean {
    return this.keys.has(nameOf(db, key));
  }

  add(engine: EngineApi, db: number, key: Bytes, wasThere: boolean): void {
    const buf = copyOf(key);
    const own = { buf, start: 0, end: buf.length };
    this.keys.set(nameOf(db, key), { db, key: own, wasThere });
    engine.notices.watch(db, own, this);
  }

  /**
   * Looks whether each key is still there, or still not, as at WATCH: its time may be over and nobody noticed yet. A promise
   * if that has to wait; `isTouched` says what came out.
   */
  look(engine: EngineApi): undefined | Promise<unknown> {
    const waits: Promise<void>[] = [];
    for (const { db, key, wasThere } of this.keys.values()) {
      if (this.isTouched) return undefined;
      const judge = (slot: number) => {
        if ((slot !== 0) !== wasThere) this.isTouched = true;
      };
      const slot = engine.locate(db, key);
      if (slot instanceof Promise) waits.push(slot.then(judge));
      else judge(slot);
    }
    return waits.length === 0 ? undefined : Promise.all(waits);
  }

  end(engine: EngineApi): void {
    for (const { db, key } of this.keys.values()) engine.notices.watched.delete(nameOf(db, key), this);
    this.keys.clear();
    engine.notices.end();
  }
}
