import { bytesOf, copyOf } from '../../../src/base/bytes';
import { compileTemplates } from '../../../src/config';
import { Demand } from '../../../src/engine/demand';
import type { Engine } from '../../../src/engine/engine';
import { familiesOf } from '../../../src/engine/families-of';
import type { Loaders } from '../../../src/loaders';
import { Learning, type LearningSettings } from '../../../src/warming/learning/learning';
import { type WarmItem, type WarmOffer, WarmQueue } from '../../../src/warming/queue';
import { buildEngine } from '../../engine/build';
import { type ManualWorld, manualWorld } from '../../support/manual-world';

type Sections = Parameters<typeof compileTemplates>[0]['keys'];

export interface HouseOptions {
  /** Keys of the templates, with `load` added. */
  keys: readonly { match: string; ttl?: number; 'warm-user'?: string }[];
  /** Templates without a loader. */
  plain?: readonly string[];
  world?: ManualWorld;
  file?: string | null;
  settings?: Partial<LearningSettings>;
  queueMax?: number;
}

/** An engine that learns, a queue that the test takes from, and an origin that answers with the version of the moment. */
export class LearningHouse {
  readonly world: ManualWorld;
  readonly engine: Engine;
  readonly learning: Learning;
  readonly queue: WarmQueue;
  /** Keys that the origin was asked for, in order. */
  readonly asked: string[] = [];
  /** What was offered to the queue, in order. */
  readonly offers: WarmOffer[] = [];
  version = 1;
  /** What it was told of sources. */
  readonly resumed: unknown[] = [];

  constructor(options: HouseOptions) {
    this.world = options.world ?? manualWorld();
    const load = { from: 'origin', path: '/x' };
    const sections = [
      ...options.keys.map((key) => ({ ...key, load })),
      ...(options.plain ?? []).map((match) => ({ match })),
    ] as Sections;
    const sources = new Map([['origin', { kind: 'http' }]]) as unknown as Parameters<typeof compileTemplates>[1];
    const templates = compileTemplates({ keys: sections }, { sources: (sources as never) ?? new Map() });
    this.engine = buildEngine(this.world, {
      families: familiesOf(templates, this.loaders(options.keys.length), {
        diskMinTtlMs: () => 0,
        diskMaxValueBytes: () => 1e6,
      }),
      loadsMax: 1000,
      waitersMax: 100_000,
    });
    const { core } = this.engine;
    this.queue = new WarmQueue({
      keysMax: () => options.queueMax ?? 100_000,
      sourceOf: (key) => core.families.match(key)?.load?.source,
    });
    this.learning = new Learning({
      world: this.world,
      templates,
      demand: new Demand(core),
      settings: {
        ...{ keysMax: 1000, usersMax: 100, isOn: true, halfLifeMs: 3_600_000, aheadMs: 300_000 },
        ...{ savePeriodMs: 60_000, defaultTtlMs: 0 },
        ...options.settings,
      },
      file: options.file ?? null,
      offer: (offer) => {
        const isQueued = this.queue.offer(offer);
        if (isQueued) this.offers.push({ ...offer, key: bytesOf(copyOf(offer.key)) });
        return isQueued;
      },
      physicalOf: (db) => core.dbs.of(db),
      logicalOf: (db) => core.dbs.logicalOf(db),
      sources: {
        capacities: () => [{ name: 'origin', perSecond: 100, usualMs: 20 }],
        resume: (capacity) => this.resumed.push(capacity),
      },
      costMsOf: (match) => core.costs.meanUsOf(match) / 1000,
    });
    core.probe.loaded = (news) => this.learning.loaded(news);
    core.probe.invalidated = (event) => this.learning.invalidated(event);
    this.engine.background.add('learning', (enough) => this.learning.work(enough));
  }

  /** Keys offered so far, in order, by who wants them. */
  offered(origin: WarmOffer['origin']): string[] {
    return this.offers.filter((offer) => offer.origin === origin).map(({ key }) => key.buf.toString('latin1'));
  }

  async start(): Promise<void> {
    await this.learning.open();
    this.engine.start();
    this.world.scheduler.settle();
  }

  /** Reads as a client does. */
  async get(key: string, times = 1): Promise<string | null> {
    let text: string | null = null;
    for (let i = 0; i < times; i++) {
      const value = await this.engine.get(0, bytesOf(key));
      text = value === null ? null : copyOf(value).toString('latin1');
    }
    return text;
  }

  /** Lets time pass, with all the background work that comes with it. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10) {
      this.world.scheduler.advance(Math.min(10, left));
      this.world.scheduler.settle();
      await Promise.resolve();
    }
  }

  /** Takes what is in line, as the budget would, and loads it; the keys in the order they were taken. */
  async drain(max = Number.POSITIVE_INFINITY): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < max) {
      const item = this.queue.take(() => true);
      if (item === undefined) break;
      taken.push(item.name.slice(1));
      await this.loadItem(item);
    }
    return taken;
  }

  private async loadItem({ offer, done }: WarmItem): Promise<void> {
    const outcome = await this.engine.quiet.loadQuietly(offer);
    for (const each of done) each(outcome);
  }

  private loaders(count: number): Loaders {
    const load = async ({ key }: { key: string }) => {
      this.asked.push(key);
      return { kind: 'value' as const, value: Buffer.from(`${key} v${this.version}`, 'latin1') };
    };
    const loader = { source: 'origin', load };
    return {
      forTemplate: (index: number) => (index < count ? loader : undefined),
      open: () => loader,
      close: async () => undefined,
    } as unknown as Loaders;
  }
}
