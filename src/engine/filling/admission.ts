import type { Core } from '../core';

/** What was used within this time is in use. */
const IN_USE_SECONDS = 600;

/** Whether a value that nobody asked for may come into memory: into free room, or in place of what nobody uses. */
export function isAdmitted(
  core: Core,
  db: number,
  key: { buf: Buffer; start: number; end: number },
  bytes: number,
): boolean {
  const { memory, room } = core;
  if (room.has(key.end - key.start, bytes)) return true;
  const known = memory.find(db, key);
  if (known !== 0 && core.isResident(known) && memory.valueLength(known) >= bytes) return true;
  const victim = memory.victim();
  if (victim === 0) return false;
  return memory.idleSeconds(victim, core.now) >= IN_USE_SECONDS;
}

/** Of a value that is not known yet. */
export function usualBytes({ memory }: Core): number {
  return memory.records.used === 0 ? 0 : Math.ceil(memory.usedBytes / memory.records.used);
}
