import type { Core } from './core';
import { LOSSES } from './counters';

/** `missed`: it was not there, though a bigger cache may have had it. `died`: no cache could have answered. */
export type ReferenceOutcome = 'hit' | 'missed' | 'died';

/** Sees GETs of keys whose hash (31 bits) is below `below`; 0 sees none. */
export interface ReferenceWatch {
  readonly below: number;
  /** `sizeBytes`: of the entry in memory, 0 if that is not known. Must not call back. */
  referenced(hash: number, sizeBytes: number, outcome: ReferenceOutcome): void;
}

export const UNWATCHED: ReferenceWatch = { below: 0, referenced() {} };

/** Losses that more room would have prevented; 'absent' is what nothing is known of. */
const FOR_ROOM: readonly number[] = (['absent', 'evicted', 'lost'] as const).map((loss) => LOSSES.indexOf(loss));

/** What a GET that found this slot (0: none) comes to. Changes nothing. */
export function outcomeOf(core: Core, slot: number, reason: () => number): ReferenceOutcome {
  if (slot !== 0) return core.isServable(slot) ? 'hit' : 'died';
  if (!core.complete) return 'hit';
  return FOR_ROOM.includes(reason()) ? 'missed' : 'died';
}
