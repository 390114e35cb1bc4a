import { LRUCache } from 'lru-cache';
import type { Bytes } from '../../base/bytes';
import { nameOf } from '../../base/key-name';
import type { Core } from '../core';
import type { Family } from '../families';
import { isOvertaken } from '../fence';

/** Whatever a source says. */
const TTL_MS_MAX = 86_400_000;

interface Absence {
  untilMs: number;
  /** When the load that found nothing began. */
  epoch: number;
}

/**
 * Keys of which the source said that there is no such thing. That ends like a value does: by its time, or by any change of
 * the key, of its family's tags or of its sources since the load began. No entry stands for it: it is seen by readers only.
 */
export class Negatives {
  private readonly keys: LRUCache<string, Absence> | undefined;

  constructor(
    private readonly core: Core,
    keysMax: number,
  ) {
    if (keysMax > 0) this.keys = new LRUCache<string, Absence>({ max: keysMax });
  }

  get size(): number {
    return this.keys?.size ?? 0;
  }

  add(name: string, ttlMs: number, epoch: number): void {
    const { core, keys } = this;
    if (ttlMs <= 0 || keys === undefined) return;
    const untilMs = core.now + Math.min(ttlMs, TTL_MS_MAX);
    // What changes from now on is noted for as long as this is believed.
    core.changes.holdUntil(untilMs);
    keys.set(name, { untilMs, epoch });
  }

  delete(name: string): void {
    this.keys?.delete(name);
  }

  /** `db` is physical. */
  has(db: number, key: Bytes, family: Family): boolean {
    const { core, keys } = this;
    if (keys === undefined || keys.size === 0) return false;
    const name = nameOf(db, key);
    const known = keys.get(name);
    if (known === undefined) return false;
    if (known.untilMs > core.now && !isOvertaken(core, db, key, known.epoch, family.tags, family.dependsOn))
      return true;
    keys.delete(name);
    return false;
  }
}
