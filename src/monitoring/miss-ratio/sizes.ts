import type { MissRatio } from './miss-ratio';

/** Sizes that are told of, as parts of the one there is. */
const FACTORS = [0.25, 0.5, 1, 2, 4, 8] as const;
/** Fewer GETs say too little. */
const GETS_MIN = 1_000;

export interface SizeEstimate {
  /** Of the size there is: 2 is twice as much. */
  readonly factor: number;
  readonly bytes: number;
  /** 0 to 1, of an LRU of this size. */
  readonly hitRate: number;
  /** Against the size there is: 0.041 are 4.1 points of hits more. */
  readonly gain: number;
}

/** None while too little is known. `sizeBytes`: the limit there is, in bytes as memory counts them. */
export function estimates({ curve }: Pick<MissRatio, 'curve'>, sizeBytes: number): SizeEstimate[] {
  if (curve.gets < GETS_MIN || sizeBytes <= 0) return [];
  const now = curve.hitRateAt(sizeBytes);
  return FACTORS.map((factor) => {
    const bytes = Math.round(sizeBytes * factor);
    const hitRate = curve.hitRateAt(bytes);
    return { factor, bytes, hitRate, gain: hitRate - now };
  });
}

/** How much memory the same entries would take that fit into a disk of so many bytes. */
export function diskInMemoryBytes(diskBytesMax: number, rows: number, liveBytes: number, meanBytes: number): number {
  return rows === 0 || liveBytes === 0 ? diskBytesMax : (diskBytesMax / (liveBytes / rows)) * meanBytes;
}
