import { type Bytes, bytesOf } from '../../base/bytes';
import type { Clock } from '../../base/world';
import type { Layer, Stored } from '../layer';
import type { DiskLayer } from './disk-layer';

/**
 * The disk layer alone, as a Layer: every change is committed before it is acknowledged. Versions are the caller's: those
 * of one key may not go back.
 */
export class DiskAsLayer implements Layer {
  readonly name = 'disk';

  constructor(
    private readonly disk: DiskLayer,
    private readonly clock: Clock,
  ) {}

  async get(db: number, key: Bytes): Promise<Stored | null> {
    const stored = await this.disk.read(db, key);
    return stored !== null && stored.expiresAt > this.clock.now ? stored : null;
  }

  async put(entry: Stored): Promise<void> {
    const { db, version } = entry;
    const key = bytesOf(entry.key);
    this.disk.kill(db, key, version);
    this.disk.writeRow({ ...entry, key, value: bytesOf(entry.value), hits: 0 });
    this.disk.flush();
    await this.disk.commit();
  }

  async delete(db: number, key: Bytes): Promise<boolean> {
    const stored = await this.disk.read(db, key);
    if (stored === null) return false;
    this.disk.kill(db, key, stored.version + 1);
    await this.disk.commit();
    return stored.expiresAt > this.clock.now;
  }

  async clear(db?: number): Promise<void> {
    await this.disk.loadDirectory((rows) => {
      for (const row of rows) if (db === undefined || db === row.db) this.disk.kill(row.db, row.key, row.version + 1);
    });
    await this.disk.commit();
  }

  async size(db: number): Promise<number> {
    let live = 0;
    await this.disk.loadDirectory((rows) => {
      for (const row of rows) if (row.db === db && row.expiresAt > this.clock.now) live++;
    });
    return live;
  }

  audit(): Promise<void> {
    return this.disk.audit();
  }
}
