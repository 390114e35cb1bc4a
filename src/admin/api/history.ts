import type { MinuteRow } from '../../monitoring/api';
import type { Asked } from '../asked';
import type { AdminHouse } from '../house';
import { POINTS_MAX } from '../limits';
import { Refusal } from '../refusal';
import { get } from '../route';
import { Slices } from '../slices';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const SPAN_MS_MAX = 31 * DAY_MS;

type Sums = Record<string, number>;

/** Added up within a point. */
function countsOf(row: MinuteRow): Sums {
  const { latency: _a, memoryLatency: _b, diskLatency: _c, originLatency: _d, eventLoop: _e, ...plain } = row;
  const {
    atMs: _at,
    templates: _t,
    misses,
    clients: _1,
    entries: _2,
    usedBytes: _3,
    rssBytes: _4,
    diskBytes: _5,
    ...sums
  } = plain;
  const byReason = Object.entries(misses).map(([reason, count]) => [`misses.${reason}`, count]);
  return { ...sums, ...Object.fromEntries(byReason) };
}

/** The largest within a point. */
function peaksOf(row: MinuteRow): Sums {
  const { latency, memoryLatency, diskLatency, originLatency, eventLoop } = row;
  return {
    p50Ms: latency.p50Ms,
    p95Ms: latency.p95Ms,
    p99Ms: latency.p99Ms,
    memoryP95Ms: memoryLatency.p95Ms,
    diskP95Ms: diskLatency.p95Ms,
    originP95Ms: originLatency.p95Ms,
    eventLoopP99Ms: eventLoop.p99Ms,
    clients: row.clients,
    entries: row.entries,
    usedBytes: row.usedBytes,
    rssBytes: row.rssBytes,
    diskBytes: row.diskBytes,
  };
}

/** Of one template: only minutes in which it was among the busiest have figures. */
function templateCountsOf(row: MinuteRow, template: string): Sums {
  const found = row.templates.find((each) => each.template === template);
  if (found === undefined) return {};
  const { template: _, ...counts } = found;
  return { ...counts, gets: found.hits + found.misses };
}

/** Minutes added up to columns: point `i` of every column begins at `atMs[i]` and lasts `stepMs`. */
class Columns {
  readonly atMs: number[] = [];
  readonly columns: Record<string, (number | null)[]> = Object.create(null);

  constructor(private readonly stepMs: number) {}

  add(atMs: number, counts: Sums, peaks: Sums): void {
    const start = atMs - (atMs % this.stepMs);
    if (this.atMs.at(-1) !== start) this.atMs.push(start);
    const point = this.atMs.length - 1;
    for (const [name, value] of Object.entries(counts)) this.merge(name, point, value, (a, b) => a + b);
    for (const [name, value] of Object.entries(peaks)) this.merge(name, point, value, Math.max);
  }

  private merge(name: string, point: number, value: number, how: (a: number, b: number) => number): void {
    const column = (this.columns[name] ??= []);
    while (column.length <= point) column.push(null);
    const before = column[point] ?? null;
    column[point] = before === null ? value : how(before, value);
  }
}

/** `from`, `to`: wall clock ms; the last hour otherwise. */
async function history(house: AdminHouse, asked: Asked): Promise<object> {
  const { monitoring, world } = house;
  const now = world.clock.now + world.clock.wallOffsetMs;
  const to = asked.integer('to', now + MINUTE_MS, 0, Number.MAX_SAFE_INTEGER);
  const from = asked.integer('from', Math.max(0, to - HOUR_MS), 0, Number.MAX_SAFE_INTEGER);
  if (from >= to || to - from > SPAN_MS_MAX) throw new Refusal(400, 'from= lies before to=, by 31 days at most');
  const template = asked.text('template');
  const pattern = template === undefined ? undefined : Buffer.from(template, 'latin1').toString('utf8');
  const stepMs = Math.ceil((to - from) / POINTS_MAX / MINUTE_MS) * MINUTE_MS;
  const columns = new Columns(stepMs);
  const slices = new Slices(world);
  for (let day = from; day < to; day += DAY_MS) {
    for (const row of await monitoring.minutes(day, Math.min(to, day + DAY_MS))) {
      if (pattern === undefined) columns.add(row.atMs, countsOf(row), peaksOf(row));
      else columns.add(row.atMs, templateCountsOf(row, pattern), {});
      if (slices.isOver) await slices.pause();
    }
  }
  return { from, to, stepMs, template: pattern ?? null, atMs: columns.atMs, columns: columns.columns };
}

export const HISTORY = [
  get(
    '/api/history',
    `minutes of up to 30 days, added up to ${POINTS_MAX} points at most: counts as sums, latencies and gauges as peaks`,
    history,
    ['from', 'to', 'template'],
  ),
];
