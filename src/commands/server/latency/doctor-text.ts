import type { LatencyEvent, LatencyLog } from '../../../monitoring/latency-log';

const OFF =
  'Latency monitoring is off. CONFIG SET latency-monitor-threshold <milliseconds> turns it on: events that take longer ' +
  'are then kept.\n';

const ADVICE: Record<LatencyEvent, string> = {
  command: 'one command took long: SLOWLOG GET names it. Prefer SCAN to KEYS, and fewer keys a request.',
  'fast-command': 'a command that is always quick took long: a very large value, or the machine was busy elsewhere.',
  turn: 'all that came together in one turn took long: smaller pipelines, or fewer large values.',
  'event-loop': 'the process was late: another process took the CPU, or the machine swaps.',
};

/** What was noted, in sentences. */
export function doctorText(latency: LatencyLog): string {
  const thresholdMs = latency.thresholdMs();
  if (thresholdMs === 0) return OFF;
  const events = latency.latest();
  if (events.length === 0) return `Nothing took ${thresholdMs} ms or longer.\n`;
  return events
    .map(({ event, ms, maxMs }) => {
      const count = latency.history(event).length;
      return `${event}: ${count} samples of ${thresholdMs} ms or more, the last ${ms} ms, at worst ${maxMs} ms: ${ADVICE[event]}\n`;
    })
    .join('');
}
