import { type Bytes, bytesOf, copyOf, Span } from '../../base/bytes';
import { invariant } from '../../base/fault';
import { nameOf } from '../../base/key-name';
import type { Clock } from '../../base/world';
import type { Layer, Stored } from '../layer';
import { MemoryLayer, type MemoryLayerOptions } from './memory-layer';
import { DATABASES } from './record';

type Ties = Pick<Stored, 'tags' | 'sources' | 'version' | 'fillEpoch'>;
const NO_TIES: Ties = { tags: [], sources: [], version: 0 };
const EXPIRE_BUDGET = 1024;
const SWEEP_BUDGET = 1024;

/**
 * The memory layer as a `Layer` among others, for what holds of all of them. The engine does not use this: it keeps ties in
 * its own indexes and works on slots.
 */
export class MemoryAsLayer implements Layer {
  readonly name = 'memory';
  readonly memory: MemoryLayer;
  private readonly clock: Clock;
  private readonly ties = new Map<string, Ties>();

  constructor(options: MemoryLayerOptions) {
    this.clock = options.clock;
    const key = new Span(Buffer.alloc(0));
    const onLeave = (slot: number) => {
      this.ties.delete(nameOf(this.memory.dbOf(slot), this.memory.keyView(slot, key)));
    };
    this.memory = new MemoryLayer({ ...options, onLeave });
  }

  get(db: number, key: Bytes): Stored | null {
    const slot = this.live(db, key);
    const value = new Span(key.buf);
    if (slot === 0 || !this.memory.view(slot, value)) return null;
    const ties = this.ties.get(nameOf(db, key)) ?? NO_TIES;
    return {
      db,
      key: copyOf(key),
      value: copyOf(value),
      type: this.memory.typeOf(slot),
      expiresAt: this.memory.expiresAt(slot),
      ...ties,
    };
  }

  put(entry: Stored): void {
    const key = bytesOf(entry.key);
    const slot = this.memory.put(entry.db, key, bytesOf(entry.value), entry.type);
    this.memory.setExpires(slot, entry.expiresAt);
    const { tags, sources, version, fillEpoch = version } = entry;
    this.ties.set(nameOf(entry.db, key), { tags: [...tags], sources: [...sources], version, fillEpoch });
  }

  delete(db: number, key: Bytes): boolean {
    const lived = this.live(db, key) !== 0;
    const slot = this.memory.find(db, key);
    if (slot !== 0) this.memory.remove(slot);
    this.ties.delete(nameOf(db, key));
    return lived;
  }

  clear(db = -1): void {
    let cursor = 0;
    do cursor = this.memory.scan(cursor, SWEEP_BUDGET, (slot) => this.memory.remove(slot), db);
    while (cursor !== 0);
    for (const name of [...this.ties.keys()]) if (db < 0 || name.startsWith(`${db}:`)) this.ties.delete(name);
  }

  size(db: number): number {
    while (!this.memory.expireDue(this.clock.now, EXPIRE_BUDGET));
    return this.memory.count(db);
  }

  audit(): void {
    this.memory.audit();
    let entries = 0;
    for (let db = 0; db < DATABASES; db++) entries += this.memory.count(db);
    invariant(this.ties.size === entries, 'entries and ties are not the same');
  }

  private live(db: number, key: Bytes): number {
    const slot = this.memory.find(db, key);
    return slot !== 0 && this.memory.isLive(slot, this.clock.now) ? slot : 0;
  }
}
