import type { Fields } from '../fields';
import type { Sources } from '../sources';

export function errorstatsInfo({ errors }: Sources): Fields {
  return new Map([...errors.byWord].sort().map(([word, count]) => [`errorstat_${word}`, `count=${count}`]));
}
