import { type Bytes, bytesOf } from '../../base/bytes';
import type { Clock } from '../../base/world';
import type { Layer, Stored } from '../layer';
import type { DiskLayer } from './disk-layer';

const DATABASES = 32;

/** The disk layer alone, as a Layer: every change is on its way to the file and committed before it is acknowledged. */
export class DiskAsLayer implements Layer {
  readonly name = 'disk';

  /** `epoch`: above every version used before (`DiskBoot.epoch`). */
  constructor(
    private readonly disk: DiskLayer,
    private readonly clock: Clock,
    private epoch: number,
  ) {}

  async get(db: number, key: Bytes): Promise<Stored | null> {
    const stored = await this.disk.read(db, key);
    return stored !== null && stored.expiresAt > this.clock.now ? stored : null;
  }

  async put(entry: Stored): Promise<void> {
    const key = bytesOf(entry.key);
    const version = this.next(entry.version);
    this.disk.kill(entry.db, key, version);
    this.disk.writeRow({ ...entry, key, value: bytesOf(entry.value), version, hits: 0 });
    this.disk.flush();
    await this.disk.commit();
  }

  async delete(db: number, key: Bytes): Promise<boolean> {
    const living = await this.get(db, key);
    this.disk.kill(db, key, this.next(0));
    await this.disk.commit();
    return living !== null;
  }

  async clear(db?: number): Promise<void> {
    const epoch = this.next(0);
    for (let at = 0; at < DATABASES; at++) if (db === undefined || db === at) this.disk.flushDb(at, epoch);
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

  private next(atLeast: number): number {
    this.epoch = Math.max(this.epoch + 1, atLeast);
    this.disk.reserveEpochs(this.epoch);
    return this.epoch;
  }
}
