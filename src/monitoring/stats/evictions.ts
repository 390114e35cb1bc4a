import { type Fields, fields, fraction } from '../fields';
import type { Sources } from '../sources';
import { diskFactsOf } from './disk-facts';
import { spreadFields } from './percentiles';

export function evictionsStats({ engine, monitoring }: Sources): Fields {
  const { counters, memory } = engine.core;
  const { evicted, askedAgain, ageSeconds, idleSeconds, hits } = monitoring.evictions();
  return fields({
    policy: memory.policy,
    evicted: counters.evicted,
    stubs_evicted: counters.stubsEvicted,
    demoted_to_disk: counters.demoted,
    evicted_from_disk: diskFactsOf(engine).evicted,
    expired: counters.expired,
    asked_again: askedAgain,
    asked_again_rate: fraction(askedAgain / evicted),
    ...spreadFields('age_seconds', ageSeconds),
    ...spreadFields('idle_seconds', idleSeconds),
    ...spreadFields('hits', hits),
  });
}
