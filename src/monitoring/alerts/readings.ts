import type { AlertRule } from '../../config';
import type { MinuteRow } from '../api';
import type { Trends } from '../trends/trends';

const ROWS_MAX = 60;
const POINT = 100;

/** What is known of the node at this moment, beside its minutes. */
export interface Gauges {
  /** Sources whose breaker is open, by name. */
  breakersOpen(): readonly string[];
  /** 0 to 1 */
  warmQueueShare(): number;
  /** Of what cannot give way: 1 is the limit. */
  memoryShare(): number;
  /** Counters since the start: values that came back after a rule killed them, and those that were the same. */
  cameBack(): { readonly all: number; readonly unchanged: number };
}

interface Comebacks {
  all: number;
  unchanged: number;
}

/** The figures that rules are about: of the last minutes, and of this moment. */
export class Readings {
  private readonly rows: MinuteRow[] = [];
  private readonly comebacks: Comebacks[] = [];
  private breakers: readonly string[] = [];

  constructor(
    private readonly trends: Pick<Trends, 'states' | 'lasting'>,
    private readonly gauges: Gauges,
  ) {}

  /** A minute is over; trends know of it already. */
  minute(row: MinuteRow): void {
    this.rows.push(row);
    this.comebacks.push({ ...this.gauges.cameBack() });
    if (this.rows.length <= ROWS_MAX) return;
    this.rows.shift();
    this.comebacks.shift();
  }

  /** Before rules are looked at. */
  look(): void {
    this.breakers = this.gauges.breakersOpen();
  }

  /** Undefined: not known, or of less than the rule wants. */
  of(rule: AlertRule): number | undefined {
    const rows = this.rows.slice(-rule.overMinutes);
    switch (rule.measure) {
      case 'breakers-open':
        return this.breakers.length;
      case 'warm-queue':
        return this.gauges.warmQueueShare();
      case 'memory-limit':
        return this.gauges.memoryShare();
      case 'hit-rate-drop':
        return rows.length === 0 ? undefined : this.drop(rule.template);
      case 'rules-in-vain':
        return this.inVain(rule);
      case 'disk-errors':
        return rows.length === 0 ? undefined : sum(rows, ({ diskErrors }) => diskErrors);
      case 'p95':
        return p95(rows, rule.volumeMin);
      case 'evicted-asked-again':
        return share(
          sum(rows, (row) => row.evictedAskedAgain),
          sum(rows, (row) => row.evicted),
          rule.volumeMin,
        );
      case 'hit-rate':
        return hitRate(rows, rule);
      case 'load-failures':
        return loadFailures(rows, rule);
    }
  }

  /** More about it, for its message; '' if there is no more. */
  why(rule: AlertRule): string {
    if (rule.measure === 'breakers-open') return ` (${this.breakers.join(', ')})`;
    if (rule.measure !== 'hit-rate-drop') return '';
    const change = this.changeOf(rule.template);
    const [most] = change?.contributions ?? [];
    if (most === undefined) return '';
    return `, ${(-most.change * POINT).toFixed(1)} points of it through ${most.template} (${most.cause})`;
  }

  /** How much lower than usual, while it has changed; 0 otherwise. */
  private drop(template: string | undefined): number {
    if (this.changeOf(template) === undefined) return 0;
    const state = this.trends.states().find((it) => it.measure === 'hit-rate' && it.template === template);
    return state === undefined ? 0 : Math.max(0, state.expected - state.value);
  }

  private changeOf(template: string | undefined) {
    return this.trends.lasting.find((it) => it.measure === 'hit-rate' && it.template === template);
  }

  private inVain({ overMinutes, volumeMin }: AlertRule): number | undefined {
    const from = this.comebacks.at(-overMinutes) ?? this.comebacks[0];
    const to = this.comebacks.at(-1);
    if (from === undefined || to === undefined) return undefined;
    return share(to.unchanged - from.unchanged, to.all - from.all, volumeMin);
  }
}

function sum(rows: readonly MinuteRow[], of: (row: MinuteRow) => number): number {
  return rows.reduce((total, row) => total + of(row), 0);
}

function share(part: number, whole: number, wholeMin: number): number | undefined {
  return whole <= 0 || whole < wholeMin ? undefined : part / whole;
}

/** The mean of the minutes', by their commands. */
function p95(rows: readonly MinuteRow[], countMin: number): number | undefined {
  const count = sum(rows, ({ latency }) => latency.count);
  return share(
    sum(rows, ({ latency }) => latency.count * latency.p95Ms),
    count,
    countMin,
  );
}

function hitRate(rows: readonly MinuteRow[], { template, volumeMin }: AlertRule): number | undefined {
  if (template === undefined) {
    const hits = sum(rows, ({ memoryHits, diskHits }) => memoryHits + diskHits);
    return share(
      hits,
      sum(rows, ({ gets }) => gets),
      volumeMin,
    );
  }
  const of = rows.flatMap(({ templates }) => templates.filter((each) => each.template === template));
  const hits = of.reduce((total, each) => total + each.hits, 0);
  return share(hits, hits + of.reduce((total, each) => total + each.misses, 0), volumeMin);
}

function loadFailures(rows: readonly MinuteRow[], { template, volumeMin }: AlertRule): number | undefined {
  const of: readonly { loads: number; loadFailures: number }[] =
    template === undefined
      ? rows
      : rows.flatMap(({ templates }) => templates.filter((each) => each.template === template));
  const loads = of.reduce((total, each) => total + each.loads, 0);
  return share(
    of.reduce((total, each) => total + each.loadFailures, 0),
    loads,
    volumeMin,
  );
}
