export type Rating = 'excellent' | 'good' | 'fair' | 'poor' | 'none';

/** Of a hit rate: above 90 %, from 70 %, from 50 %, below; 'none' before anything was asked for. */
export function ratingOf(hits: number, gets: number): Rating {
  if (gets === 0) return 'none';
  const rate = hits / gets;
  if (rate > 0.9) return 'excellent';
  if (rate >= 0.7) return 'good';
  return rate >= 0.5 ? 'fair' : 'poor';
}
