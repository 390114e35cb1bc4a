import type { Fields } from '../fields';
import type { Sources } from '../sources';

/** Warming tells of itself: who wanted what, and what came of it. */
export function warmStats({ warming }: Sources): Fields {
  return warming.report();
}
