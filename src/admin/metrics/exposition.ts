import type { Counter, Gauge, Registry } from 'prom-client';
import type { Fields } from '../../monitoring/fields';
import type { AdminHouse } from '../house';
import { Slices } from '../slices';
import type { Metric } from './metric';
import { type Sample, samplesOf, sectionOf } from './resolve';
import { METRICS } from './table';
import { TemplateSeries } from './template-series';

/** Series of one label other than the template. */
const SERIES_MAX = 40;
const TEMPLATES_FROM = 'templates.templates.*.';

type Instrument = Counter | Gauge;

/** /metrics: the table's values, read from STATS in pieces, so that the event loop is not held. */
export class Exposition {
  private registry: Registry | null = null;
  private readonly instruments = new Map<string, Instrument>();
  private readonly templates = new TemplateSeries(METRICS.filter(({ label }) => label === 'template').length);
  private underWay: Promise<string> | null = null;

  constructor(private readonly house: Pick<AdminHouse, 'world' | 'reports'>) {}

  /** Those who ask at once share one. */
  text(): Promise<string> {
    this.underWay ??= this.make().finally(() => {
      this.underWay = null;
    });
    return this.underWay;
  }

  private async make(): Promise<string> {
    const registry = this.open();
    const slices = new Slices(this.house.world);
    const sections = new Map<string, Fields>();
    const parts: string[] = [];
    for (const metric of METRICS) {
      const section = await this.section(metric, sections, slices);
      this.set(metric, section === undefined ? [] : samplesOf(metric, section));
      parts.push(await registry.getSingleMetricAsString(metric.name));
      await slices.pause();
    }
    return `${parts.join('\n')}\n`;
  }

  /** A section is read once for all its metrics, in a turn of its own. */
  private async section(metric: Metric, known: Map<string, Fields>, slices: Slices): Promise<Fields | undefined> {
    const { section, window } = sectionOf(metric);
    const name = `${window ?? ''}:${section}`;
    const read = known.get(name);
    if (read !== undefined) return read;
    await slices.turn();
    const fresh = this.house.reports.stats(section, window);
    if (fresh === undefined) return undefined;
    known.set(name, fresh);
    const templates = section === 'templates' ? fresh.get('templates') : undefined;
    if (templates instanceof Map) this.templates.elect([...templates.keys()], this.house.world.clock.now);
    await slices.turn();
    return fresh;
  }

  private set({ name, label, from, type }: Metric, samples: readonly Sample[]): void {
    const instrument = this.instruments.get(name)!;
    instrument.reset();
    const folded = from.startsWith(TEMPLATES_FROM) ? this.templates.fold(name, samples) : samples.slice(0, SERIES_MAX);
    for (const sample of folded) {
      const labels = label === undefined ? {} : { [label]: sample.label };
      instrument.inc(labels, type === 'counter' ? Math.max(0, sample.value) : sample.value);
    }
  }

  /** Loads what it needs; before the first look, so that this one holds nobody up. */
  open(): Registry {
    if (this.registry !== null) return this.registry;
    const prom = require('prom-client') as typeof import('prom-client');
    const registry = new prom.Registry();
    for (const { name, type, help, label } of METRICS) {
      const about = { name, help, labelNames: label === undefined ? [] : [label], registers: [registry] };
      this.instruments.set(name, type === 'counter' ? new prom.Counter(about) : new prom.Gauge(about));
    }
    this.registry = registry;
    return registry;
  }
}
