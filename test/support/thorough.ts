const wanted = process.env.CHECK_FAULTS;

/** `npm run check:faults`: every case of a long row, instead of a few that stand for them. */
export const THOROUGH = wanted === 'all' || wanted === 'every-code';
/** And each of them with every error SQLite may give, which takes five times as long. */
export const EVERY_CODE = wanted === 'every-code';
