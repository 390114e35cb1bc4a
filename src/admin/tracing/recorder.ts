import type { Cancel, Clock } from '../../base/world';
import type { InvalidationEvent, LoadNews, Probe } from '../../engine/probe';
import type { Run } from '../../warming/task';
import type { AdminHouse } from '../house';
import { readable } from '../text';
import type { SpanRecord, SpanSink } from './span';

const EVERY_MS = 1_000;
/** Of each kind, within one period; the others are left out. */
const SPANS_PER_PERIOD_MAX = 100;

type Recorded = Pick<AdminHouse, 'world' | 'slowLog' | 'warming'>;

/**
 * Hears of loads and invalidations, and looks once a second at what is kept of slow commands and of warming runs. Nothing of it
 * is on the way of a hit; what is heard is only noted, and becomes spans a second later.
 */
export class SpanRecorder implements Partial<Probe> {
  private heard: SpanRecord[] = [];
  private loads = 0;
  private invalidations = 0;
  private lastSlowId: number;
  private readonly toldRuns = new WeakSet<Run>();
  private cancel: Cancel = () => {};

  constructor(
    private readonly parts: Recorded,
    private readonly sink: SpanSink,
  ) {
    this.lastSlowId = parts.slowLog.newest(1)[0]?.id ?? -1;
    this.schedule();
  }

  loaded({ family, tookMs, quiet, outcome }: LoadNews): void {
    if (++this.loads > SPANS_PER_PERIOD_MAX) return;
    const endMs = wallMs(this.parts.world.clock);
    this.heard.push({
      name: 'larder.load',
      isClient: true,
      startMs: endMs - tookMs,
      endMs,
      ...(outcome === 'failed' && { failure: 'the load failed' }),
      attributes: { 'larder.template': readable(family), 'larder.outcome': outcome, 'larder.quiet': quiet },
    });
  }

  invalidated({ epoch, atMs, tags, keys, died, cascaded, reason = '' }: InvalidationEvent): void {
    if (++this.invalidations > SPANS_PER_PERIOD_MAX) return;
    this.heard.push({
      name: 'larder.invalidate',
      startMs: atMs,
      endMs: Math.max(atMs, wallMs(this.parts.world.clock)),
      attributes: {
        'larder.epoch': epoch,
        'larder.tags': tags.length,
        'larder.keys': keys,
        'larder.died': died,
        'larder.cascaded': cascaded,
        ...(reason !== '' && { 'larder.reason': readable(reason) }),
      },
    });
  }

  /** Tells what is known until now, and stops. */
  close(): void {
    this.cancel();
    this.tell();
  }

  private schedule(): void {
    this.cancel = this.parts.world.scheduler.after(EVERY_MS, () => {
      this.tell();
      this.schedule();
    });
  }

  private tell(): void {
    const spans = [...this.heard, ...this.slowCommands(), ...this.warmRuns()];
    this.heard = [];
    this.loads = this.invalidations = 0;
    for (const span of spans) this.sink.add(span);
  }

  private slowCommands(): SpanRecord[] {
    const fresh = this.parts.slowLog.newest(SPANS_PER_PERIOD_MAX).filter(({ id }) => id > this.lastSlowId);
    this.lastSlowId = fresh[0]?.id ?? this.lastSlowId;
    return fresh.map(({ at, tookUs, args, address }) => ({
      name: 'larder.command',
      // The slow log knows whole seconds.
      startMs: at * 1000,
      endMs: at * 1000 + tookUs / 1000,
      attributes: { 'db.operation.name': readable(args[0] ?? '').toUpperCase(), 'network.peer.address': address },
    }));
  }

  private warmRuns(): SpanRecord[] {
    const { clock } = this.parts.world;
    return this.parts.warming.tasks.list().flatMap(({ spec, last }) => {
      if (last === null || this.toldRuns.has(last)) return [];
      this.toldRuns.add(last);
      const { counts, failure, startedWallMs, startedMs, endedMs = clock.now } = last;
      return [
        {
          name: 'larder.warm_run' as const,
          startMs: startedWallMs,
          endMs: startedWallMs + endedMs - startedMs,
          ...(failure !== '' && { failure: readable(failure) }),
          attributes: {
            'larder.task': readable(spec.id),
            'larder.loaded': counts.loaded,
            'larder.unchanged': counts.unchanged,
            'larder.failed': counts.failed,
          },
        },
      ];
    });
  }
}

function wallMs({ now, wallOffsetMs }: Clock): number {
  return now + wallOffsetMs;
}
