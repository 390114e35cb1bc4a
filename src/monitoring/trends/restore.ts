import type { Log } from '../../base/world';
import type { Monitoring } from '../api';
import type { Trends } from './trends';

const HOUR_MS = 3_600_000;
/** What is usual is learnt from 7 days. */
const RESTORED_HOURS = 7 * 24;

/** Feeds what was measured before the start, an hour at a time. Never rejects: without it, trends learn anew. */
export async function restoreTrends(
  trends: Trends,
  monitoring: Pick<Monitoring, 'minutes'>,
  wallMs: number,
  log: Log,
  isStopped: () => boolean = () => false,
): Promise<void> {
  const openMs = wallMs - (wallMs % HOUR_MS);
  try {
    for (let fromMs = openMs - RESTORED_HOURS * HOUR_MS; fromMs <= openMs; fromMs += HOUR_MS) {
      if (isStopped()) return;
      for (const row of await monitoring.minutes(fromMs, fromMs + HOUR_MS)) trends.add(row);
    }
  } catch (failure) {
    if (isStopped()) return;
    log.warn({ err: failure }, 'minutes from before the start could not be read: trends are learnt anew');
  }
}
