import { LOSSES } from '../../engine/counters';
import type { TemplateCounts, WindowName } from '../api';
import { type Field, type Fields, fields, fraction } from '../fields';
import { ratingOf } from '../rating';
import type { Sources } from '../sources';

/** By pattern, the busiest first. Names are the configuration's, never keys. */
export function templatesStats({ monitoring }: Sources, window?: WindowName): Fields {
  const { templates } = window === undefined ? monitoring.totals() : monitoring.window(window);
  return fields({
    /** Where hits of memory are many, they are extrapolated from one of up to so many. */
    sampled_one_of: monitoring.sampledOneOf,
    templates: new Map(templates.map((counts): [string, Field] => [counts.template, templateFields(counts)])),
  });
}

function templateFields(counts: TemplateCounts): Fields {
  const { gets, hits, loads, loadMs, misses, missesTotal } = counts;
  return fields({
    gets,
    hits,
    hit_rate: fraction(counts.hitRate),
    rating: ratingOf(hits, gets),
    stale_hits: counts.staleHits,
    misses: missesTotal,
    misses_by_reason: fields(Object.fromEntries(LOSSES.map((reason) => [reason, misses[reason]]))),
    loads,
    load_failures: counts.loadFailures,
    load_mean_ms: fraction(loadMs / loads, 3),
    bytes_read: counts.bytesRead,
    evicted: counts.evicted,
    evicted_asked_again: counts.evictedAskedAgain,
    saved_calls: counts.savedCalls,
    saved_ms: fraction(counts.savedMs, 1),
  });
}
