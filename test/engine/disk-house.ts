import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesOf, copyOf } from '../../src/base/bytes';
import { whenReady } from '../../src/base/when-ready';
import type { Value } from '../../src/engine/api';
import type { Engine } from '../../src/engine/engine';
import type { Families } from '../../src/engine/families';
import { DiskLayer } from '../../src/layers/disk/disk-layer';
import type { DiskOptions } from '../../src/layers/disk/options';
import type { TypeLimits } from '../../src/types/limits';
import { type ManualWorld, manualWorld } from '../support/manual-world';
import { buildEngine } from './build';

/** The engine's own background tick, ms. */
const TICK_MS = 10;

export interface DiskHouseOptions {
  maxMemoryBytes?: number;
  families?: Families;
  pageRowsMax?: number;
  typeLimits?: TypeLimits;
  maxCollectionBytes?: number;
  /** Beyond what a house has by itself. With a failpoint there may be no disk layer after the start. */
  disk?: Partial<DiskOptions>;
}

/**
 * An engine over a real disk layer (real worker, real file) in a manual world: what the engine decides depends on the
 * test only; the worker's answers come when they come, and the test waits for them.
 */
export class DiskHouse {
  readonly world: ManualWorld;
  readonly root = fs.mkdtempSync(join(tmpdir(), 'larder-engine-'));
  engine!: Engine;
  disk!: DiskLayer;

  constructor(
    seed: number,
    readonly options: DiskHouseOptions = {},
  ) {
    this.world = manualWorld(seed);
    fs.mkdirSync(join(this.root, 'journal'));
  }

  /** Opens the directory and starts serving; the rows in it are still to be read. */
  async open(): Promise<void> {
    const { world, options } = this;
    this.disk = new DiskLayer({
      dir: join(this.root, 'data'),
      journalDir: join(this.root, 'journal'),
      world,
      durability: 'process',
      bootId: 'this boot',
      pageRowsMax: options.pageRowsMax ?? 512,
      ...options.disk,
    });
    const { disk: _, ...engineOptions } = options;
    this.engine = buildEngine(world, { ...engineOptions, disk: this.disk });
    await this.settled(this.engine.openDisk());
    // Without its worker (npm run build) the engine would go on without the disk.
    if (options.disk?.failpoint === undefined) expect(this.engine.core.disk).not.toBeNull();
    this.engine.start();
  }

  async openAndLoad(): Promise<void> {
    await this.open();
    await this.loaded();
  }

  async loaded(): Promise<void> {
    await this.until(() => this.engine.core.complete);
    await this.settled(this.engine.loader.refill());
  }

  /** Everything acknowledged and waiting is in the file before it is closed. */
  async stop(): Promise<void> {
    await this.settled(this.engine.stop(60_000));
    expect(await this.settled(this.disk.close(true))).toBe(true);
  }

  /** As if killed: nothing is written any more. */
  async kill(): Promise<void> {
    this.engine.background.stop();
    await this.settled(this.disk.close(false));
  }

  remove(): void {
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  /** What the server does before it answers. */
  async acknowledge(): Promise<void> {
    await this.settled(Promise.resolve(this.engine.commit()));
  }

  /** The promise's outcome; the world turns until it is there. */
  async settled<T>(promise: T | Promise<T>): Promise<T> {
    if (!(promise instanceof Promise)) return promise;
    let done = false;
    const end = () => {
      done = true;
    };
    promise.then(end, end);
    await this.until(() => done);
    return promise;
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.turn();
  }

  /** One turn of the manual world and one of the real one, in which the worker's answers come. */
  async turn(): Promise<void> {
    this.world.scheduler.turn();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** Rows that wait are sent and written. */
  async written(): Promise<void> {
    while (this.engine.writeBehind.length > 0 && this.engine.core.disk !== null) {
      this.world.scheduler.advance(TICK_MS);
      await this.turn();
    }
    await this.settled(this.disk.flushed());
  }

  /** A value that is there at once is a view: it is copied before anything can change. */
  text(value: Value | null | Promise<Value | null>): Promise<string | null> {
    const copied = whenReady(value, (given) => (given === null ? null : copyOf(given).toString('latin1')));
    return this.settled(Promise.resolve(copied));
  }

  get(key: string, db = 0): Promise<string | null> {
    return this.text(this.engine.get(db, bytesOf(key)));
  }
}
