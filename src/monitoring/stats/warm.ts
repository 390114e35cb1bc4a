import type { Fields } from '../fields';
import type { Sources } from '../sources';
import { learningFields } from './learning';

/** Warming tells of itself: who wanted what, and what came of it; and what was learned, so that it knew what to want. */
export function warmStats({ warming, learning }: Sources): Fields {
  return new Map([...warming.report(), ['learning', learningFields(learning)]]);
}
