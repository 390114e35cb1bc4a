import type { Cancel, World } from '../base/world';
import type { AlertSections } from '../config';
import { Alerts } from './alerts/alerts';
import { type Gauges, Readings } from './alerts/readings';
import type { MinuteRow } from './api';
import type { Field } from './fields';
import { MissRatio } from './miss-ratio/miss-ratio';
import type { Sources } from './sources';
import { usedBytesOf } from './sources';
import { restoreTrends } from './trends/restore';
import { Trends } from './trends/trends';

/** So that a cache of few keys, all of them hot, does not see every GET sampled. */
const SAMPLED_SHARE_MAX = 1 / 128;

/** The bound that is published: RSS stays below 1.25 x maxmemory + 20 KB a connection + 120 MB. */
const RSS_FACTOR = 1.25;
const RSS_BASE_BYTES = 120 * 1024 ** 2;
const CONNECTION_BYTES = 20 * 1024;
/** Minutes kept until those from before the start are read. */
const HELD_MAX = 60;

export interface InsightsParts {
  sources: Omit<Sources, 'insights'>;
  world: World;
  sections: AlertSections;
  isOn: boolean;
  announce: (channel: string, message: Buffer) => void;
}

/** What is made of what is measured: trends, the miss-ratio curve, alerts. */
export class Insights {
  readonly trends = new Trends();
  readonly missRatio: MissRatio;
  readonly alerts: Alerts;
  private readonly readings: Readings;
  /** Null once trends know what was before the start. */
  private held: MinuteRow[] | null = [];
  private isStopped = false;
  private unlisten: Cancel = () => {};

  constructor(private readonly parts: InsightsParts) {
    const { sources, sections, world, isOn, announce } = parts;
    this.missRatio = new MissRatio(isOn, undefined, SAMPLED_SHARE_MAX);
    this.readings = new Readings(this.trends, gaugesOf(sources));
    this.alerts = new Alerts({
      sections,
      readings: this.readings,
      world,
      node: sources.identity.name,
      targetMs: () => sources.config.responseTimeTargetMs,
      announce,
    });
    if (isOn) sources.engine.reading.references = this.missRatio;
  }

  get memoryBytes(): number {
    return this.trends.memoryBytes + this.missRatio.memoryBytes;
  }

  start(): void {
    this.unlisten = this.parts.sources.monitoring.onMinute((row) => this.minute(row));
    this.alerts.start();
  }

  stop(): void {
    this.isStopped = true;
    this.unlisten();
    this.alerts.stop();
  }

  /** Once the minutes from before the start can be read. Never rejects. */
  async restore(): Promise<void> {
    const { sources, world } = this.parts;
    const { now, wallOffsetMs } = world.clock;
    await restoreTrends(this.trends, sources.monitoring, now + wallOffsetMs, world.log, () => this.isStopped);
    const held = this.held ?? [];
    this.held = null;
    for (const row of held) this.take(row);
  }

  private minute(row: MinuteRow): void {
    this.missRatio.minute(row.gets);
    if (this.held === null) this.take(row);
    else if (this.held.push(row) > HELD_MAX) this.held.shift();
  }

  private take(row: MinuteRow): void {
    this.trends.add(row);
    this.readings.minute(row);
  }
}

function gaugesOf(sources: InsightsParts['sources']): Gauges {
  const { engine, process, warming } = sources;
  const { memory, rules } = engine.core;
  return {
    breakersOpen: () =>
      engine.filling
        .sourceStates()
        .filter(({ breaker }) => breaker !== 'closed')
        .map(({ name }) => name),
    warmQueueShare() {
      const report = warming.report();
      const max = numberOf(report.get('queue_max'));
      return max === 0 ? 0 : numberOf(report.get('queue')) / max;
    },
    memoryShare() {
      const { maxMemoryBytes, policy } = memory;
      if (policy === 'noeviction') return usedBytesOf(engine) / maxMemoryBytes;
      const clients = sources.clients().connected;
      return process.rssBytes() / (RSS_FACTOR * maxMemoryBytes + RSS_BASE_BYTES + clients * CONNECTION_BYTES);
    },
    cameBack() {
      const { changed, unchanged } = rules.stats();
      return { all: changed + unchanged, unchanged };
    },
  };
}

function numberOf(field: Field | undefined): number {
  return typeof field === 'number' ? field : 0;
}
