/** `npm run check:faults`: every case of a long row, instead of a few that stand for them. */
export const THOROUGH = process.env['CHECK_FAULTS'] === 'all';

/** All of them, or every so many-th. */
export function someOf<T>(cases: readonly T[], every: number): T[] {
  return THOROUGH ? [...cases] : cases.filter((_, i) => i % every === 0);
}
