/** Samples kept of one event. */
const SAMPLES_MAX = 160;

/**
 * What may hold everybody up: one slow command, one that counts as fast, a turn of the event loop (all commands that came
 * together), the event loop being late.
 */
const LATENCY_EVENTS = ['command', 'fast-command', 'turn', 'event-loop'] as const;
export type LatencyEvent = (typeof LATENCY_EVENTS)[number];

export interface LatencySample {
  /** Wall clock, seconds. */
  readonly at: number;
  readonly ms: number;
}

export interface LatencyLatest extends LatencySample {
  readonly event: LatencyEvent;
  /** Of all since the last reset. */
  readonly maxMs: number;
}

interface Series {
  samples: LatencySample[];
  maxMs: number;
}

/** Events that took long, by name; at most one a second of each, the longest. */
export class LatencyLog {
  private readonly series = new Map<LatencyEvent, Series>();

  /** `thresholdMs`: what is shorter is not noted; 0: nothing is. */
  constructor(
    readonly thresholdMs: () => number,
    private readonly wallSeconds: () => number,
  ) {}

  record(event: LatencyEvent, tookMs: number): void {
    const thresholdMs = this.thresholdMs();
    if (thresholdMs === 0 || tookMs < thresholdMs) return;
    const ms = Math.round(tookMs);
    const series = this.series.get(event) ?? { samples: [], maxMs: 0 };
    this.series.set(event, series);
    series.maxMs = Math.max(series.maxMs, ms);
    const at = this.wallSeconds();
    const last = series.samples.at(-1);
    if (last?.at === at) {
      if (ms > last.ms) series.samples[series.samples.length - 1] = { at, ms };
      return;
    }
    series.samples.push({ at, ms });
    if (series.samples.length > SAMPLES_MAX) series.samples.shift();
  }

  latest(): LatencyLatest[] {
    return [...this.series].map(([event, { samples, maxMs }]) => ({ event, ...samples.at(-1)!, maxMs }));
  }

  /** Oldest first; empty for a name that is no event. */
  history(event: string): readonly LatencySample[] {
    return this.series.get(event as LatencyEvent)?.samples ?? [];
  }

  /** How many events were forgotten: those named, or all. */
  reset(events: readonly string[] = LATENCY_EVENTS): number {
    return events.filter((event) => this.series.delete(event as LatencyEvent)).length;
  }
}
