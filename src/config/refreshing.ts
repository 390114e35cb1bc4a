import { TemplateError } from '../base/patterns/text-template';
import type { KeySection } from './sections';

/** When a key's value is loaded anew, and how long readers wait for it. Undefined: not said, and nothing or the setting of that name holds. */
export interface Refreshing {
  /** A reader who has waited so long gets the stale value, if there is one; the load goes on. */
  readonly softTimeoutMs: number | undefined;
  /** Deadline of a whole load. */
  readonly hardTimeoutMs: number | undefined;
  /** Loads before the end of the ttl: at this share of it (0 to 1), or by chance, weighted by what a load costs. */
  readonly refreshAhead: number | 'early' | undefined;
  /** Bounds of the period between refreshes, where that adapts to how often the value changes. */
  readonly refreshMinMs: number | undefined;
  readonly refreshMaxMs: number | undefined;
  /** How long after its expiry a value may stand in for a load that fails; the grace otherwise, never longer. */
  readonly staleIfErrorMs: number | undefined;
}

/** Throws TemplateError with the path of what is wrong. */
export function refreshingOf(section: KeySection): Refreshing {
  const { grace = 0, 'refresh-min': refreshMinMs, 'refresh-max': refreshMaxMs } = section;
  const { 'soft-timeout': softTimeoutMs, 'hard-timeout': hardTimeoutMs, 'stale-if-error': staleIfErrorMs } = section;
  if (refreshMinMs !== undefined && refreshMaxMs !== undefined && refreshMinMs > refreshMaxMs) {
    throw new TemplateError('expected at most refresh-max', ['refresh-min']);
  }
  if (softTimeoutMs !== undefined && hardTimeoutMs !== undefined && softTimeoutMs > hardTimeoutMs) {
    throw new TemplateError('expected at most hard-timeout', ['soft-timeout']);
  }
  if (staleIfErrorMs !== undefined && staleIfErrorMs > grace) {
    throw new TemplateError('expected at most the grace: a value is not kept longer', ['stale-if-error']);
  }
  const refreshAhead = section['refresh-ahead'];
  return { softTimeoutMs, hardTimeoutMs, refreshAhead, refreshMinMs, refreshMaxMs, staleIfErrorMs };
}
