import type { WindowName } from '../api';
import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';
import { latencyFields } from './percentiles';

/** From the start of a command to its reply. Each command only since the start, not over a window. */
export function latencyStats({ monitoring }: Sources, window?: WindowName): Fields {
  const totals = monitoring.totals();
  const { latency, eventLoop } = window === undefined ? totals : monitoring.window(window);
  const commands = totals.commandLatencies.map(
    ({ command, calls, latency }) => [command, fields({ calls, ...latencyFields(latency) })] as const,
  );
  return fields({
    all: fields({ measured: Math.round(latency.count), ...latencyFields(latency) }),
    event_loop: fields({ measured: Math.round(eventLoop.count), ...latencyFields(eventLoop) }),
    ...(window === undefined && { commands: new Map(commands) }),
  });
}
