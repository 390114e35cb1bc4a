/** Indices from `start` to `stop`, both included and from the end where negative, within a list: first, and how many. */
export function spanOf(start: number, stop: number, length: number): { first: number; count: number } {
  const first = Math.max(0, start < 0 ? length + start : start);
  const last = Math.min(length - 1, stop < 0 ? length + stop : stop);
  return { first, count: Math.max(0, last - first + 1) };
}
