import { type Field, type Fields, fields, fraction } from '../fields';
import type { Sources } from '../sources';
import type { TrendChange, TrendState } from '../trends/trends';

/** How the hit rate moves, what is expected of each series, and lasting changes for the worse. Shares are 0 to 1. */
export function trendStats({ insights, clock }: Sources): Fields {
  const { trends } = insights;
  const { hitRate, hourBefore, dayBefore, slope } = trends.hitRate();
  const against = (before: number | undefined) =>
    fraction(hitRate === undefined || before === undefined ? 0 : hitRate - before);
  const states = trends.states();
  const wallMs = clock.now + clock.wallOffsetMs;
  return fields({
    hit_rate: fraction(hitRate ?? 0),
    against_hour_before: against(hourBefore),
    against_day_before: against(dayBefore),
    slope_per_hour: fraction(slope?.perHour ?? 0),
    slope_error_per_hour: fraction(slope?.errorPerHour ?? 0),
    changed: trends.lasting.length,
    all: byMeasure(states.filter(({ template }) => template === undefined)),
    templates: byTemplate(states),
    changes: new Map(
      [...trends.changes].reverse().map((change, i): [string, Field] => [String(i + 1), changeFields(change, wallMs)]),
    ),
    bytes: trends.memoryBytes,
  });
}

function byTemplate(states: readonly TrendState[]): Fields {
  const names = new Set(states.flatMap(({ template }) => (template === undefined ? [] : [template])));
  return new Map([...names].map((name) => [name, byMeasure(states.filter(({ template }) => template === name))]));
}

function byMeasure(states: readonly TrendState[]): Fields {
  return new Map(
    states.map(({ measure, phase, value, expected }) => [
      measure.replace('-', '_'),
      fields({ state: phase, value: fraction(value), expected: fraction(expected) }),
    ]),
  );
}

function changeFields(change: TrendChange, wallMs: number): Fields {
  const { measure, template, atMs, endedAtMs, expected, value } = change;
  const ago = (ms: number) => Math.max(0, Math.floor((wallMs - ms) / 1000));
  return fields({
    measure,
    template: template ?? '(all)',
    began_seconds_ago: ago(atMs),
    lasts: endedAtMs === undefined ? 1 : 0,
    ...(endedAtMs !== undefined && { ended_seconds_ago: ago(endedAtMs) }),
    expected: fraction(expected),
    value: fraction(value),
    through: new Map(
      change.contributions.map(({ template: name, change: by, cause, hitRateBefore, hitRateAfter }) => [
        name,
        fields({
          change: fraction(by),
          cause,
          hit_rate_before: fraction(hitRateBefore),
          hit_rate_after: fraction(hitRateAfter),
        }),
      ]),
    ),
  });
}
