import { type MinuteRow, type MinuteTemplate, TEMPLATES_MAX } from '../api';
import { ChangeDetector, type DetectorOptions, type Phase } from './change-detector';
import { type Contribution, contributions } from './contributions';
import { Day, type Slope } from './day';

export type TrendMeasure = 'hit-rate' | 'p95' | 'load-failures';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Minutes kept whole, to say which template a change came from. */
const ROWS_MAX = 90;
const CHANGES_MAX = 50;
const CONTRIBUTIONS_MAX = 5;
/** What "now" is compared with an hour and a day before. */
const COMPARED_MS = 10 * MINUTE_MS;
/** Minutes with less say nothing. */
const VOLUME_MIN = 5;
/** A share of 0 or 1 was chance, too. */
const SHARE_MIN = 0.02;
/** Of one detector. */
const DETECTOR_BYTES = 2_200;
const ROW_BYTES = 5_000;

const OPTIONS: Readonly<Record<TrendMeasure, DetectorOptions>> = {
  'hit-rate': { shift: 0.06, worse: 'down', deviationMin: 0.02 },
  /** Of ln(1 + ms): 60 % more; what is far below a millisecond may be several times as much. */
  p95: { shift: Math.log(1.6), worse: 'up', deviationMin: 0.2 },
  'load-failures': { shift: 0.06, worse: 'up', deviationMin: 0.02 },
};

/** A lasting change for the worse. Shares are 0 to 1, p95 is in ms. */
export interface TrendChange {
  readonly measure: TrendMeasure;
  /** Undefined: of all. */
  readonly template: string | undefined;
  /** Wall clock ms: the first minute of it, and the minute after which it was known. */
  readonly atMs: number;
  readonly foundAtMs: number;
  /** Wall clock ms; undefined while it lasts. It ended, or it has become usual. */
  endedAtMs: number | undefined;
  readonly expected: number;
  readonly value: number;
  /** Of a hit rate of all: the templates that it came from, the largest part first. */
  readonly contributions: readonly Contribution[];
}

export interface TrendState {
  readonly measure: TrendMeasure;
  readonly template: string | undefined;
  readonly phase: Phase;
  /** Mean of the last minutes. */
  readonly value: number;
  readonly expected: number;
}

export interface HitRateTrend {
  /** Of the last 10 minutes; undefined without gets. */
  readonly hitRate: number | undefined;
  readonly hourBefore: number | undefined;
  readonly dayBefore: number | undefined;
  /** Of the last hour. */
  readonly slope: Slope | undefined;
}

class Subject {
  readonly detectors = new Map<TrendMeasure, ChangeDetector>();
  lastAtMs = 0;

  constructor(readonly template: string | undefined) {}

  detector(measure: TrendMeasure): ChangeDetector {
    let detector = this.detectors.get(measure);
    if (detector === undefined) {
      detector = new ChangeDetector(OPTIONS[measure]);
      this.detectors.set(measure, detector);
    }
    return detector;
  }
}

/**
 * What changes for the worse, over all and by template. Made of minute rows only: fed again with those of the last days it is
 * what it was before a restart. About 1 MB at most.
 */
export class Trends {
  private readonly all = new Subject(undefined);
  /** At most TEMPLATES_MAX, the one longest without traffic goes first. */
  private readonly templates = new Map<string, Subject>();
  private readonly rows: MinuteRow[] = [];
  private readonly day = new Day();
  private readonly found: TrendChange[] = [];
  private atMs = 0;

  /** The newest CHANGES_MAX, oldest first. */
  get changes(): readonly TrendChange[] {
    return this.found;
  }

  /** Those that last. */
  get lasting(): TrendChange[] {
    return this.found.filter(({ endedAtMs }) => endedAtMs === undefined);
  }

  get memoryBytes(): number {
    const detectors = [this.all, ...this.templates.values()].reduce((sum, { detectors }) => sum + detectors.size, 0);
    return detectors * DETECTOR_BYTES + this.rows.length * ROW_BYTES + this.day.memoryBytes;
  }

  /** Rows in their order; one that is not newer than the last is left out. Returns what was found in it. */
  add(row: MinuteRow): TrendChange[] {
    if (row.atMs <= this.atMs) return [];
    this.atMs = row.atMs;
    this.rows.push(row);
    if (this.rows.length > ROWS_MAX) this.rows.shift();
    const hits = row.memoryHits + row.diskHits;
    this.day.add(row.atMs, row.gets, hits);
    const news = [
      ...this.share(this.all, 'hit-rate', hits, row.gets),
      ...this.latency(row),
      ...this.share(this.all, 'load-failures', row.loadFailures, row.loads),
    ];
    for (const template of row.templates) news.push(...this.template(template));
    return news;
  }

  hitRate(): HitRateTrend {
    const toMs = this.atMs + MINUTE_MS;
    const ago = (ms: number) => this.day.hitRate(toMs - COMPARED_MS - ms, toMs - ms);
    return {
      hitRate: ago(0),
      hourBefore: ago(HOUR_MS),
      dayBefore: ago(DAY_MS),
      slope: this.day.slope(toMs - HOUR_MS, toMs),
    };
  }

  /** All measures of all, then of the templates by name. */
  states(): TrendState[] {
    const templates = [...this.templates.values()].sort((a, b) => (a.template! < b.template! ? -1 : 1));
    return [this.all, ...templates].flatMap((subject) =>
      [...subject.detectors].map((it) => this.state(subject, ...it)),
    );
  }

  private state({ template }: Subject, measure: TrendMeasure, detector: ChangeDetector): TrendState {
    const { phase, recent } = detector;
    const shown = measure === 'p95' ? Math.expm1 : (value: number) => value;
    return { measure, template, phase, value: shown(recent), expected: shown(detector.expected(this.atMs)) };
  }

  private template(row: MinuteTemplate): TrendChange[] {
    const subject = this.subjectOf(row.template);
    subject.lastAtMs = this.atMs;
    return [
      ...this.share(subject, 'hit-rate', row.hits, row.hits + row.misses),
      ...this.share(subject, 'load-failures', row.loadFailures, row.loads),
    ];
  }

  private subjectOf(template: string): Subject {
    let subject = this.templates.get(template);
    if (subject === undefined) {
      if (this.templates.size >= TEMPLATES_MAX) this.dropOldest();
      subject = new Subject(template);
      this.templates.set(template, subject);
    }
    return subject;
  }

  private dropOldest(): void {
    const [oldest] = [...this.templates.values()].sort((a, b) => a.lastAtMs - b.lastAtMs);
    this.templates.delete(oldest!.template!);
    this.end((change) => change.template === oldest!.template);
  }

  private share(subject: Subject, measure: TrendMeasure, part: number, whole: number): TrendChange[] {
    if (whole < VOLUME_MIN) return [];
    return this.observe(subject, measure, Math.min(1, part / whole), (expected) => {
      const share = Math.max(SHARE_MIN, Math.min(1 - SHARE_MIN, expected));
      return (share * (1 - share)) / whole;
    });
  }

  private latency({ latency }: MinuteRow): TrendChange[] {
    if (latency.count < VOLUME_MIN) return [];
    return this.observe(this.all, 'p95', Math.log1p(latency.p95Ms), () => 1 / latency.count);
  }

  private observe(
    subject: Subject,
    measure: TrendMeasure,
    value: number,
    chanceOf: (expected: number) => number,
  ): TrendChange[] {
    const { template } = subject;
    const detector = subject.detector(measure);
    const news = detector.observe(this.atMs, value, chanceOf);
    if (news === undefined) return [];
    if (news === 'ended') return this.end((change) => change.measure === measure && change.template === template);
    const { value: shown, expected } = this.state(subject, measure, detector);
    const change: TrendChange = {
      measure,
      template,
      atMs: detector.changedAtMs,
      foundAtMs: this.atMs + MINUTE_MS,
      endedAtMs: undefined,
      expected,
      value: shown,
      contributions: measure === 'hit-rate' && template === undefined ? this.whence(detector.changedAtMs) : [],
    };
    this.found.push(change);
    if (this.found.length > CHANGES_MAX) this.found.shift();
    return [change];
  }

  private end(is: (change: TrendChange) => boolean): TrendChange[] {
    const ended = this.lasting.filter(is);
    for (const change of ended) change.endedAtMs = this.atMs + MINUTE_MS;
    return ended;
  }

  private whence(changedAtMs: number): Contribution[] {
    const before = this.rows.filter(({ atMs }) => atMs < changedAtMs);
    const after = this.rows.filter(({ atMs }) => atMs >= changedAtMs);
    return contributions(before, after)
      .filter(({ change }) => change < 0)
      .slice(0, CONTRIBUTIONS_MAX);
  }
}
