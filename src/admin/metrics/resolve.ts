import { Fraction } from '../../monitoring/fields';
import type { Metric } from './metric';

/** One value of a metric; `label` is '' where it has none. */
export interface Sample {
  readonly label: string;
  readonly value: number;
}

/** Section and window that a metric is read from. */
export function sectionOf({ from }: Metric): { window: '1m' | undefined; section: string; fields: string[] } {
  const isMinute = from.startsWith('1m:');
  const [section = '', ...fields] = from.slice(isMinute ? 3 : 0).split('.');
  return { window: isMinute ? '1m' : undefined, section, fields };
}

/** The values of a metric in its section; none where the section does not have it (yet). */
export function samplesOf(metric: Metric, section: ReadonlyMap<string, unknown>): Sample[] {
  const { fields } = sectionOf(metric);
  const star = fields.indexOf('*');
  if (star < 0) return sampleAt(metric, section, fields, '');
  const members = at(section, fields.slice(0, star));
  if (!(members instanceof Map)) return [];
  const rest = fields.slice(star + 1);
  return [...members.keys()]
    .filter((name) => metric.skip?.includes(name) !== true)
    .flatMap((name) => sampleAt(metric, members, [name, ...rest], name));
}

function sampleAt(metric: Metric, from: unknown, fields: readonly string[], label: string): Sample[] {
  const value = numberOf(metric, at(from, fields));
  return value === undefined ? [] : [{ label, value: Number((value * (metric.scale ?? 1)).toFixed(9)) }];
}

function at(from: unknown, fields: readonly string[]): unknown {
  return fields.reduce((place, name) => (place instanceof Map ? place.get(name) : undefined), from);
}

function numberOf({ words }: Metric, value: unknown): number | undefined {
  if (value instanceof Fraction) return value.value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' ? words?.[value] : undefined;
}
