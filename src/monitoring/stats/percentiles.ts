import type { Percentiles, Spread } from '../api';
import type { Fraction } from '../fields';
import { fraction } from '../fields';

export function latencyFields({ p50Ms, p95Ms, p99Ms, maxMs }: Percentiles): Record<string, Fraction> {
  const ms = (value: number) => fraction(value, 3);
  return { p50_ms: ms(p50Ms), p95_ms: ms(p95Ms), p99_ms: ms(p99Ms), max_ms: ms(maxMs) };
}

/** With names that begin so. */
export function spreadFields(name: string, { mean, p50, p95, max }: Spread): Record<string, Fraction> {
  const of = (value: number) => fraction(value, 1);
  return { [`${name}_mean`]: of(mean), [`${name}_p50`]: of(p50), [`${name}_p95`]: of(p95), [`${name}_max`]: of(max) };
}
