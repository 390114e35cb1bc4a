import type { Slab } from '../../../base/offheap/slab';
import { AllKeysLru, VolatileLru } from './lru';
import { NoEviction } from './noeviction';
import type { EvictionPolicy } from './policy';
import { AllKeysRandom, VolatileRandom } from './random';
import { VolatileTtl } from './volatile-ttl';

/** What a policy is made of: the records of entries (record.ts) and chance. */
export type PolicyMaker = (records: Slab, random: () => number) => EvictionPolicy;

/** Every policy by its name. A new one is a class and a line here. */
export const POLICIES = {
  noeviction: () => new NoEviction(),
  'allkeys-lru': (records) => new AllKeysLru(records),
  'allkeys-random': (records, random) => new AllKeysRandom(records, random),
  'volatile-lru': (records) => new VolatileLru(records),
  'volatile-random': (records, random) => new VolatileRandom(records, random),
  'volatile-ttl': (records) => new VolatileTtl(records),
} as const satisfies Record<string, PolicyMaker>;

export type PolicyName = keyof typeof POLICIES;
export const POLICY_NAMES = Object.keys(POLICIES) as PolicyName[];
