/** `npm run check:faults`: every case of a long row, instead of a few that stand for them. */
export const THOROUGH = process.env['CHECK_FAULTS'] === 'all';
