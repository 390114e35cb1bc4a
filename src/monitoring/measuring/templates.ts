import { NO_TEMPLATE, OTHER_TEMPLATES, TEMPLATES_MAX, type TemplateCounts } from '../api';
import { missesIn, T, TEMPLATE_MISSES, TEMPLATE_WIDTH, type TemplateColumn } from './columns';
import { LogHistogram } from './log-histogram';
import { CountTrack, type Rings } from './rings';

export const NONE = 0;
const OTHER = 1;
const FIRST = 2;
const SLOTS_MAX = FIRST + TEMPLATES_MAX;
/** Of a template's traffic of the minutes before, so much still counts. */
const REMEMBERED = 0.9;
/** A template outside gets a slot if it has so many times the traffic of the quietest one inside. */
const BUSIER = 2;
/** Exchanged a minute. */
const EXCHANGED_MAX = 8;

/**
 * Counts by template, in rows of columns. The first TEMPLATES_MAX that are met have a slot each, all others share one; once a
 * minute busy ones of those change places with the quietest inside, whose counts go to the others.
 */
export class Templates {
  private readonly slots = new Map<string, number>([
    [NO_TEMPLATE, NONE],
    [OTHER_TEMPLATES, OTHER],
  ]);
  private readonly names: string[] = [NO_TEMPLATE, OTHER_TEMPLATES];
  /** Events of this minute of those without a slot; their names are the configuration's, so there is an end to them. */
  private readonly outside = new Map<string, number>();
  private readonly traffic = new Float64Array(SLOTS_MAX);
  /** Since the last fold, since the start, in this minute. */
  readonly fresh = new Float64Array(SLOTS_MAX * TEMPLATE_WIDTH);
  private readonly totals = new Float64Array(SLOTS_MAX * TEMPLATE_WIDTH);
  readonly minute = new Float64Array(SLOTS_MAX * TEMPLATE_WIDTH);
  private readonly tracks: CountTrack[] = [];
  private readonly latencies = new Map<number, LogHistogram>();

  constructor(private readonly rings: Rings) {
    this.track(NONE);
    this.track(OTHER);
  }

  get count(): number {
    return this.names.length;
  }

  get memoryBytes(): number {
    const tracks = this.tracks.reduce((sum, track) => sum + track.memoryBytes, 0);
    const latencies = this.latencies.size * new LogHistogram().counts.byteLength;
    return 3 * this.fresh.byteLength + this.traffic.byteLength + tracks + latencies;
  }

  slotOf(name: string): number {
    const known = this.slots.get(name);
    if (known !== undefined) return known;
    if (this.names.length < SLOTS_MAX) return this.open(name, this.names.length);
    this.outside.set(name, (this.outside.get(name) ?? 0) + 1);
    return OTHER;
  }

  nameOf(slot: number): string {
    return this.names[slot]!;
  }

  add(slot: number, column: TemplateColumn, by: number): void {
    this.fresh[slot * TEMPLATE_WIDTH + T[column]]! += by;
  }

  missed(slot: number, reason: number, by: number): void {
    this.fresh[slot * TEMPLATE_WIDTH + TEMPLATE_MISSES + reason]! += by;
  }

  loadTook(slot: number, ms: number): void {
    let latencies = this.latencies.get(slot);
    if (latencies === undefined) {
      latencies = new LogHistogram();
      this.latencies.set(slot, latencies);
    }
    latencies.addMs(ms);
  }

  loadLatencies(): { template: string; histogram: LogHistogram }[] {
    return [...this.latencies].map(([slot, histogram]) => ({ template: this.nameOf(slot), histogram }));
  }

  /** Hits since the last fold, of those that had any. */
  eachHits(each: (slot: number, hits: number) => void): void {
    for (let slot = 0; slot < this.names.length; slot++) {
      const from = slot * TEMPLATE_WIDTH;
      const hits = this.fresh[from + T.memoryHits]! + this.fresh[from + T.diskHits]!;
      if (hits > 0) each(slot, hits);
    }
  }

  /** What is fresh goes to the open buckets, the minute and the totals. */
  fold(): void {
    const { fresh, totals, minute, rings } = this;
    const { open } = rings;
    for (let slot = 0; slot < this.names.length; slot++) {
      const from = slot * TEMPLATE_WIDTH;
      if (!this.isUsed(from)) continue;
      this.tracks[slot]!.add(open, fresh, from);
      for (let i = from; i < from + TEMPLATE_WIDTH; i++) {
        totals[i]! += fresh[i]!;
        minute[i]! += fresh[i]!;
      }
    }
    fresh.fill(0);
  }

  /** A minute is over: who has how much to do, and who changes places. Calls `gone` with slots that mean something else now. */
  endMinute(gone: (slot: number) => void): void {
    for (let slot = 0; slot < this.names.length; slot++) {
      this.traffic[slot] = this.traffic[slot]! * REMEMBERED + eventsIn(this.minute, slot * TEMPLATE_WIDTH);
    }
    this.minute.fill(0);
    for (let i = 0; i < EXCHANGED_MAX && this.exchange(gone); i++);
    this.outside.clear();
  }

  /** Over a window, or since the start; the busiest first. */
  counts(buckets: readonly number[] | null): TemplateCounts[] {
    const rows = this.names.map((name, slot) => {
      const from = slot * TEMPLATE_WIDTH;
      const columns =
        buckets === null ? this.totals.subarray(from, from + TEMPLATE_WIDTH) : this.tracks[slot]!.sum(buckets);
      return countsOf(name, columns);
    });
    return rows.filter(isAnything).sort((a, b) => b.gets - a.gets);
  }

  reset(): void {
    this.fresh.fill(0);
    this.totals.fill(0);
    this.latencies.clear();
  }

  private open(name: string, slot: number): number {
    this.names[slot] = name;
    this.slots.set(name, slot);
    if (this.tracks[slot] === undefined) this.track(slot);
    return slot;
  }

  private track(slot: number): void {
    this.tracks[slot] = this.rings.track(new CountTrack(TEMPLATE_WIDTH, false));
  }

  private isUsed(from: number): boolean {
    for (let i = from; i < from + TEMPLATE_WIDTH; i++) if (this.fresh[i] !== 0) return true;
    return false;
  }

  private exchange(gone: (slot: number) => void): boolean {
    const [name, events] = [...this.outside].reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0]);
    if (events === 0) return false;
    const slot = this.quietest();
    if (events <= BUSIER * this.traffic[slot]! * (1 - REMEMBERED)) return false;
    this.outside.delete(name);
    this.empty(slot);
    gone(slot);
    this.open(name, slot);
    this.traffic[slot] = events / (1 - REMEMBERED);
    return true;
  }

  private quietest(): number {
    let slot = FIRST;
    for (let each = FIRST; each < this.names.length; each++) {
      if (this.traffic[each]! < this.traffic[slot]!) slot = each;
    }
    return slot;
  }

  /** Its counts are the others' from now on. */
  private empty(slot: number): void {
    const from = slot * TEMPLATE_WIDTH;
    for (let i = 0; i < TEMPLATE_WIDTH; i++) {
      this.totals[OTHER * TEMPLATE_WIDTH + i]! += this.totals[from + i]!;
      this.totals[from + i] = 0;
    }
    this.tracks[OTHER]!.merge(this.tracks[slot]!);
    this.rings.drop(this.tracks[slot]!);
    this.track(slot);
    this.latencies.delete(slot);
    this.slots.delete(this.nameOf(slot));
  }
}

/** Gets and loads of a row: how busy the template was. */
export function eventsIn(columns: Float64Array, from: number): number {
  let events = columns[from + T.memoryHits]! + columns[from + T.diskHits]! + columns[from + T.loads]!;
  for (let i = TEMPLATE_MISSES; i < TEMPLATE_WIDTH; i++) events += columns[from + i]!;
  return events;
}

function countsOf(template: string, columns: Float64Array): TemplateCounts {
  const of = (column: TemplateColumn) => columns[T[column]]!;
  const { misses, missesTotal } = missesIn(columns, TEMPLATE_MISSES);
  const hits = of('memoryHits') + of('diskHits');
  const gets = hits + missesTotal;
  return {
    template,
    gets,
    hits,
    hitRate: gets === 0 ? 0 : hits / gets,
    staleHits: of('staleHits'),
    misses,
    missesTotal,
    loads: of('loads'),
    loadFailures: of('loadFailures'),
    loadMs: of('loadMs'),
    bytesRead: of('bytesRead'),
    evicted: of('evicted'),
    evictedAskedAgain: of('evictedAskedAgain'),
    savedCalls: of('savedCalls'),
    savedMs: of('savedMs'),
  };
}

function isAnything({ gets, loads, evicted }: TemplateCounts): boolean {
  return gets + loads + evicted > 0;
}
