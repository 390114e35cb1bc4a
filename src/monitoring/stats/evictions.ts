import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';
import { diskFactsOf } from './disk-facts';

export function evictionsStats({ engine }: Sources): Fields {
  const { counters, memory } = engine.core;
  return fields({
    policy: memory.policy,
    evicted: counters.evicted,
    stubs_evicted: counters.stubsEvicted,
    demoted_to_disk: counters.demoted,
    evicted_from_disk: diskFactsOf(engine).evicted,
    expired: counters.expired,
  });
}
