import { LOSSES, type Loss } from '../../engine/counters';
import type { MinuteRow, MinuteTemplate, Percentiles } from '../api';
import { NumberReader, NumberWriter } from './numbers';

/** A row of another format is not read. Fields are in a fixed order, which is what the number stands for. */
const FORMAT = 1;
/** Times are kept in microseconds. */
const TIME_SCALE = 1000;

const COUNTS = [
  'commands',
  'gets',
  'memoryHits',
  'diskHits',
  'staleHits',
  'sets',
  'expired',
  'evicted',
  'evictedAskedAgain',
  'invalidations',
  'invalidatedEntries',
  'loads',
  'loadFailures',
  'errorReplies',
  'diskErrors',
  'savedCalls',
  'netInputBytes',
  'netOutputBytes',
  'clients',
  'entries',
  'usedBytes',
  'rssBytes',
  'diskBytes',
] as const satisfies readonly (keyof MinuteRow)[];
const TIMES = ['loadMs', 'savedMs'] as const;
const PERCENTILES = ['latency', 'memoryLatency', 'diskLatency', 'originLatency', 'eventLoop'] as const;
const QUANTILES = ['meanMs', 'p50Ms', 'p95Ms', 'p99Ms', 'maxMs'] as const;
const TEMPLATE_COUNTS = [
  'hits',
  'staleHits',
  'misses',
  'missesInvalidated',
  'missesEvicted',
  'missesExpired',
  'loads',
  'loadFailures',
  'evicted',
] as const satisfies readonly (keyof MinuteTemplate)[];
const TEMPLATE_TIMES = ['loadMs', 'savedMs'] as const;

/** Rows of one hour, one after another; a template's name is written where it comes first. */
export class HourWriter {
  private readonly out = new NumberWriter();
  private readonly names = new Map<string, number>();
  rows = 0;

  constructor(before: readonly MinuteRow[] = []) {
    this.out.number(FORMAT);
    this.out.number(LOSSES.length);
    for (const row of before) this.add(row);
  }

  get bytes(): Buffer {
    return this.out.bytes;
  }

  get memoryBytes(): number {
    return this.out.capacity;
  }

  add(row: MinuteRow): void {
    const { out } = this;
    this.rows++;
    out.number(row.atMs);
    out.number(row.seconds * TIME_SCALE);
    for (const name of COUNTS) out.number(row[name]);
    for (const name of TIMES) out.number(row[name] * TIME_SCALE);
    for (const loss of LOSSES) out.number(row.misses[loss]);
    for (const name of PERCENTILES) this.percentiles(row[name]);
    out.number(row.templates.length);
    for (const template of row.templates) this.template(template);
  }

  private percentiles(of: Percentiles): void {
    this.out.number(of.count);
    if (of.count > 0) for (const name of QUANTILES) this.out.number(of[name] * TIME_SCALE);
  }

  private template(row: MinuteTemplate): void {
    const { out, names } = this;
    const known = names.get(row.template);
    out.number(known ?? names.size);
    if (known === undefined) {
      names.set(row.template, names.size);
      out.text(row.template);
    }
    for (const name of TEMPLATE_COUNTS) out.number(row[name]);
    for (const name of TEMPLATE_TIMES) out.number(row[name] * TIME_SCALE);
  }
}

/** The rows of an hour, as far as they can be read: nothing of another format, nothing after what is damaged. */
export function rowsIn(bytes: Buffer): MinuteRow[] {
  const rows: MinuteRow[] = [];
  const names: string[] = [];
  const input = new NumberReader(bytes);
  try {
    if (input.number() !== FORMAT) return rows;
    const losses = input.number();
    while (!input.atEnd) rows.push(readRow(input, names, losses));
  } catch (failure) {
    if (!(failure instanceof RangeError)) throw failure;
  }
  return rows;
}

function readRow(input: NumberReader, names: string[], losses: number): MinuteRow {
  const row: Record<string, unknown> = { atMs: input.number(), seconds: input.number() / TIME_SCALE };
  for (const name of COUNTS) row[name] = input.number();
  for (const name of TIMES) row[name] = input.number() / TIME_SCALE;
  const misses = Object.fromEntries(LOSSES.map((loss) => [loss, 0])) as Record<Loss, number>;
  for (let i = 0; i < losses; i++) {
    const count = input.number();
    const loss = LOSSES[i];
    if (loss !== undefined) misses[loss] = count;
  }
  row.misses = misses;
  for (const name of PERCENTILES) row[name] = readPercentiles(input);
  row.templates = Array.from({ length: input.number() }, () => readTemplate(input, names));
  return row as unknown as MinuteRow;
}

function readPercentiles(input: NumberReader): Percentiles {
  const count = input.number();
  const of = { count, meanMs: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0, maxMs: 0 };
  if (count > 0) for (const name of QUANTILES) of[name] = input.number() / TIME_SCALE;
  return of;
}

function readTemplate(input: NumberReader, names: string[]): MinuteTemplate {
  const at = input.number();
  if (at === names.length) names.push(input.text());
  const template = names[at];
  if (template === undefined) throw new RangeError('a template without a name');
  const row: Record<string, unknown> = { template };
  for (const name of TEMPLATE_COUNTS) row[name] = input.number();
  for (const name of TEMPLATE_TIMES) row[name] = input.number() / TIME_SCALE;
  return row as unknown as MinuteTemplate;
}
