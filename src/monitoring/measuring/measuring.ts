import type { Cancel, World } from '../../base/world';
import {
  type Evictions,
  type Figures,
  type LayerCounts,
  type MinuteRow,
  type Monitoring,
  type Percentiles,
  type Totals,
  WINDOWS,
  type WindowFigures,
  type WindowName,
} from '../api';
import type { CommandRow } from '../command-counts';
import type { History } from '../history/history';
import { entriesOf, type Sources } from '../sources';
import { diskFactsOf } from '../stats/disk-facts';
import { G, GLOBAL_MISSES, GLOBAL_WIDTH, type GlobalColumn, missesIn, readCounters } from './columns';
import type { CommandLatencies } from './command-latencies';
import type { LogHistogram } from './log-histogram';
import { LoopWatch } from './loop-watch';
import { minuteRow } from './minute-row';
import { type Measured, Observer } from './observer';
import { CountTrack, HistogramTrack, Rings } from './rings';
import { HISTOGRAMS, type HistogramName, histograms } from './series';
import { Templates } from './templates';

const PERIOD_MS = 10_000;
const MINUTE_MS = 60_000;
/** At the least one of so many GETs has its template looked for, if memory answers it. */
const HITS_ONE_OF = 256;

export interface MeasuringParts {
  sources: Sources;
  world: World;
  latencies: CommandLatencies;
  history: History;
  isOn: boolean;
}

/** Adds up what the engine, the server and the observer count, by windows and minutes. */
export class Measuring implements Monitoring {
  readonly isOn: boolean;
  readonly sampledOneOf = HITS_ONE_OF;
  readonly observer: Observer;
  private readonly rings: Rings;
  private readonly templates: Templates;
  private readonly counts: CountTrack;
  private readonly tracks: Record<HistogramName, HistogramTrack>;
  private readonly totalHistograms = histograms();
  private readonly minuteHistograms = histograms();
  private readonly read = new Float64Array(GLOBAL_WIDTH);
  private readonly last = new Float64Array(GLOBAL_WIDTH);
  private readonly fresh = new Float64Array(GLOBAL_WIDTH);
  private readonly total = new Float64Array(GLOBAL_WIDTH);
  private readonly minute = new Float64Array(GLOBAL_WIDTH);
  private readonly loopWatch: LoopWatch;
  private readonly listeners = new Set<(row: MinuteRow) => void>();
  private foldedAtMs: number;
  private beganAtMs: number;
  private minuteAtMs: number;
  private minuteCoveredMs = 0;
  private cancel: Cancel = () => {};

  constructor(private readonly parts: MeasuringParts) {
    const { sources, world, isOn, latencies } = parts;
    this.isOn = isOn;
    this.rings = new Rings(world.clock.now, this.wallMs);
    this.templates = new Templates(this.rings);
    this.observer = new Observer(sources.engine, this.templates, world.random);
    this.counts = this.rings.track(new CountTrack(GLOBAL_WIDTH, true));
    const track = () => this.rings.track(new HistogramTrack());
    this.tracks = { memory: track(), disk: track(), origin: track(), commands: track(), loop: track() };
    latencies.all = this.measured.commands;
    this.loopWatch = new LoopWatch(world, this.measured.loop);
    this.foldedAtMs = this.beganAtMs = world.clock.now;
    this.minuteAtMs = this.minuteOf(this.wallMs);
  }

  start(): void {
    const { clock } = this.parts.world;
    readCounters(this.parts.sources, this.last);
    this.foldedAtMs = this.beganAtMs = clock.now;
    this.minuteAtMs = this.minuteOf(this.wallMs);
    if (!this.isOn) return;
    this.parts.sources.engine.reading.sampleHits(HITS_ONE_OF);
    this.loopWatch.start();
    this.schedule();
  }

  stop(): void {
    this.cancel();
    this.loopWatch.stop();
  }

  window(name: WindowName): WindowFigures {
    this.fold();
    const buckets = this.rings.bucketsOf(name);
    const columns = this.counts.sum(buckets);
    const histogram = (of: HistogramName) => this.tracks[of].sum(buckets);
    return {
      window: name,
      ...this.figures(columns, histogram, this.rings.secondsOf(name)),
      templates: this.templates.counts(buckets),
    };
  }

  totals(): Totals {
    this.fold();
    const seconds = (this.foldedAtMs - this.beganAtMs) / 1000;
    return {
      ...this.figures(this.total, (of) => this.totalHistograms[of], seconds),
      templates: this.templates.counts(null),
      commandLatencies: this.parts.latencies
        .list()
        .map(({ row, histogram }) => latencyOf(row, histogram))
        .sort((a, b) => b.calls - a.calls),
      loadLatencies: this.templates
        .loadLatencies()
        .map(({ template, histogram }) => ({ template, latency: histogram.percentiles() })),
    };
  }

  evictions(): Evictions {
    this.fold();
    const { ageSeconds, idleSeconds, hits } = this.observer.evictions;
    return {
      evicted: this.total[G.evicted]!,
      askedAgain: this.total[G.evictedAskedAgain]!,
      ageSeconds: ageSeconds.spread(),
      idleSeconds: idleSeconds.spread(),
      hits: hits.spread(),
    };
  }

  recentMinutes(count?: number): MinuteRow[] {
    return this.parts.history.recent(count);
  }

  minutes(fromMs: number, toMs: number): Promise<MinuteRow[]> {
    return this.parts.history.between(fromMs, toMs);
  }

  onMinute(listener: (row: MinuteRow) => void): Cancel {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get memoryBytes(): number {
    const columns = [this.read, this.last, this.fresh, this.total, this.minute];
    return (
      columns.reduce((sum, { byteLength }) => sum + byteLength, 0) +
      this.rings.memoryBytes +
      this.counts.memoryBytes +
      HISTOGRAMS.reduce((sum, name) => sum + this.tracks[name].memoryBytes, 0) +
      3 * HISTOGRAMS.length * this.measured.loop.counts.byteLength +
      3 * this.observer.evictions.hits.counts.byteLength +
      this.templates.memoryBytes +
      this.observer.askedAgain.memoryBytes +
      this.parts.latencies.memoryBytes +
      this.parts.history.memoryBytes
    );
  }

  /** STATS RESET: totals and windows begin anew, minutes stay. `setBack` does the same to the counters that are read. */
  reset(setBack: () => void): void {
    this.fold();
    setBack();
    readCounters(this.parts.sources, this.last);
    this.total.fill(0);
    for (const name of HISTOGRAMS) this.totalHistograms[name].reset();
    this.rings.reset();
    this.templates.reset();
    this.observer.reset();
    this.parts.latencies.reset();
    this.beganAtMs = this.foldedAtMs;
  }

  // --- adding up -------------------------------------------------------------------------------------------------------

  private schedule(): void {
    const { scheduler } = this.parts.world;
    this.cancel = scheduler.after(PERIOD_MS - (this.wallMs % PERIOD_MS), () => {
      this.parts.world.clock.refresh();
      this.fold();
      this.observer.next();
      this.schedule();
    });
  }

  /**
   * Everything counted since the last fold goes to the open buckets, and the next ones are opened when it is time. A machine
   * that slept measured nothing: no more than a minute is covered at once.
   */
  private fold(): void {
    const { now } = this.parts.world.clock;
    const elapsedMs = Math.min(now - this.foldedAtMs, MINUTE_MS);
    this.foldedAtMs = now;
    this.rings.cover(elapsedMs);
    this.minuteCoveredMs += elapsedMs;
    this.foldSaved();
    this.templates.fold();
    this.foldCounts();
    for (const name of HISTOGRAMS) this.foldHistogram(name);
    this.rings.advance(now);
    if (this.minuteOf(this.wallMs) !== this.minuteAtMs) this.endMinute();
  }

  /** What is read from counters: what they grew by, or all of them if they were set back. */
  private foldCounts(): void {
    const { read, last, fresh } = this;
    readCounters(this.parts.sources, read);
    for (let i = 0; i < GLOBAL_WIDTH; i++) {
      const grown = read[i]! - last[i]!;
      if (i < G.evictedAskedAgain || i >= GLOBAL_MISSES) fresh[i] = grown >= 0 ? grown : read[i]!;
      last[i] = read[i]!;
    }
    fresh[G.evictedAskedAgain] = this.measured.evictedAskedAgain;
    this.measured.evictedAskedAgain = 0;
    this.counts.add(this.rings.open, fresh, 0);
    for (let i = 0; i < GLOBAL_WIDTH; i++) {
      this.total[i]! += fresh[i]!;
      this.minute[i]! += fresh[i]!;
    }
    fresh.fill(0);
  }

  /** Each hit of a template that has been loaded saved its origin a call. */
  private foldSaved(): void {
    const { costs } = this.parts.sources.engine.core;
    this.templates.eachHits((slot, hits) => {
      const meanUs = costs.meanUsOf(this.templates.nameOf(slot));
      if (meanUs === 0) return;
      const savedMs = (hits * meanUs) / 1000;
      this.templates.add(slot, 'savedCalls', hits);
      this.templates.add(slot, 'savedMs', savedMs);
      this.fresh[G.savedCalls]! += hits;
      this.fresh[G.savedMs]! += savedMs;
    });
  }

  private foldHistogram(name: HistogramName): void {
    const histogram = this.measured[name];
    if (histogram.count === 0) return;
    this.tracks[name].add(this.rings.open, histogram);
    this.totalHistograms[name].merge(histogram);
    this.minuteHistograms[name].merge(histogram);
    histogram.reset();
  }

  private endMinute(): void {
    const row = minuteRow({
      atMs: this.minuteAtMs,
      seconds: this.minuteCoveredMs / 1000,
      columns: this.minute,
      histograms: this.minuteHistograms,
      templates: this.templates,
      sources: this.parts.sources,
    });
    this.minuteAtMs = this.minuteOf(this.wallMs);
    this.minuteCoveredMs = 0;
    this.minute.fill(0);
    for (const name of HISTOGRAMS) this.minuteHistograms[name].reset();
    this.templates.endMinute((slot) => this.observer.askedAgain.forget(slot));
    this.parts.history.add(row);
    for (const listener of this.listeners) listener(row);
  }

  // --- figures ---------------------------------------------------------------------------------------------------------

  private figures(
    columns: Float64Array,
    histogram: (of: HistogramName) => LogHistogram,
    seconds: number,
  ): Omit<Figures, 'templates'> {
    const of = (column: GlobalColumn) => columns[G[column]]!;
    const hits = of('memoryHits') + of('diskHits');
    return {
      seconds,
      commands: of('commands'),
      errorReplies: of('errorReplies'),
      connectionsReceived: of('connectionsReceived'),
      netInputBytes: of('netInputBytes'),
      netOutputBytes: of('netOutputBytes'),
      gets: of('gets'),
      hits,
      hitRate: shareOf(hits, of('gets')),
      staleHits: of('staleHits'),
      ...missesIn(columns, GLOBAL_MISSES),
      sets: of('sets'),
      deletes: of('deletes'),
      expired: of('expired'),
      evicted: of('evicted'),
      evictedAskedAgain: of('evictedAskedAgain'),
      invalidations: of('invalidations'),
      invalidatedEntries: of('invalidatedEntries'),
      loads: of('loads'),
      loadFailures: of('loadFailures'),
      loadMs: of('loadMs'),
      diskErrors: of('diskErrors'),
      saved: { calls: of('savedCalls'), ms: of('savedMs') },
      layers: this.layers(of, histogram),
      latency: histogram('commands').percentiles(),
      eventLoop: histogram('loop').percentiles(),
    };
  }

  private layers(of: (column: GlobalColumn) => number, histogram: (of: HistogramName) => LogHistogram): LayerCounts[] {
    const { engine } = this.parts.sources;
    const disk = diskFactsOf(engine);
    const diskLatency = histogram('disk').percentiles();
    const counts = (
      layer: LayerCounts['layer'],
      gets: number,
      hits: number,
      rest: { staleHits: number; bytes: number; entries: number; errors: number; latency: Percentiles },
    ): LayerCounts => ({ layer, gets, hits, hitRate: shareOf(hits, gets), ...rest });
    return [
      counts('memory', of('gets'), of('memoryHits'), {
        staleHits: of('staleHits'),
        bytes: engine.core.memory.usedBytes,
        entries: entriesOf(engine),
        errors: 0,
        latency: histogram('memory').percentiles(),
      }),
      counts('disk', Math.max(diskLatency.count, of('diskHits')), of('diskHits'), {
        staleHits: 0,
        bytes: disk.liveBytes,
        entries: disk.rows,
        errors: of('diskErrors'),
        latency: diskLatency,
      }),
      counts('origin', of('loads'), of('originHits'), {
        staleHits: 0,
        bytes: 0,
        entries: 0,
        errors: of('loadFailures'),
        latency: histogram('origin').percentiles(),
      }),
    ];
  }

  private get measured(): Measured {
    return this.observer.measured;
  }

  private get wallMs(): number {
    const { now, wallOffsetMs } = this.parts.world.clock;
    return now + wallOffsetMs;
  }

  private minuteOf(wallMs: number): number {
    return wallMs - (wallMs % MINUTE_MS);
  }
}

/** Whether a word of a command is the name of a window. */
export function windowNamed(word: string): WindowName | undefined {
  return WINDOWS.find((name) => name === word.toLowerCase());
}

function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function latencyOf(row: CommandRow, histogram: LogHistogram): Totals['commandLatencies'][number] {
  return { command: row.name, calls: row.calls, latency: histogram.percentiles() };
}
