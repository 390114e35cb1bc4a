import type { WriteBudget } from '../layers/disk/write-budget';
import type { TypeLimits } from '../types/limits';
import type { CoreParts } from './core';
import type { FillLimits } from './filling/limits';
import type { GatherLimits } from './gathering';
import type { LeaseLimits } from './leases';
import type { FenceLimits } from './misses';
import type { WriteBehindLimits } from './write-behind';
import type { WriteLimits } from './writing';

export interface EngineLimits {
  fillLimits: FillLimits;
  writeLimits: WriteLimits;
  writeBehindLimits: WriteBehindLimits;
  writeBudget: WriteBudget;
  leaseLimits?: LeaseLimits;
  fenceLimits?: FenceLimits;
  gatherLimits?: GatherLimits;
  typeLimits?: TypeLimits;
}

export const LEASE_LIMITS: LeaseLimits = { leasesMax: 10_000, waitersMax: 10_000, ttlMaxMs: 600_000, ttlMs: 10_000 };
export const FENCE_LIMITS: FenceLimits = { keysMax: 256 };
export const GATHER_LIMITS: GatherLimits = { windowMs: 0, queueMax: 10_000 };
/** Words of 32 bits in a lease's token. */
const TOKEN_WORDS = 4;
export interface EngineParts extends CoreParts, EngineLimits {
  /** Share of the time since it was last asked that the event loop was busy, 0 to 1. */
  loopUtilization: () => number;
  /** Grows with every command served (background slices are shorter while somebody is served). */
  commandsServed: () => number;
  /** How WHY shows a client that is connected, by its id. */
  clientText?: (client: number) => string | undefined;
  /** A secret nobody can guess, new each time; from the world's chance where nothing better is given. */
  newToken?: () => string;
}

export function tokenFrom(random: () => number): string {
  const word = () => Math.floor(random() * 2 ** 32).toString(16);
  return Array.from({ length: TOKEN_WORDS }, () => word().padStart(8, '0')).join('');
}
