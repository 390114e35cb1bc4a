/** The middle value; of an even number of values the mean of the two in the middle. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export interface Ratio {
  /** Median of the subject over median of the pair. */
  value: number;
  /** Smallest and largest ratio of one round. */
  min: number;
  max: number;
}

/** Values of the same index were measured in the same round. */
export function ratioOf(subject: readonly number[], pair: readonly number[]): Ratio {
  const rounds = subject.map((value, round) => value / pair[round]!);
  return { value: median(subject) / median(pair), min: Math.min(...rounds), max: Math.max(...rounds) };
}

/** Uniform 32-bit numbers from a seed (mulberry32), so that two servers are given the same work. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (t ^ (t >>> 14)) >>> 0;
  };
}

export const sleepMs = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
