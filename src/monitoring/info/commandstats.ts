import type { Fields } from '../fields';
import type { Sources } from '../sources';

/** `usec` and `usec_per_call` are those of calls that were timed; a command that never was shows 0. */
export function commandstatsInfo({ commands }: Sources): Fields {
  return new Map(
    commands.used().map(({ name, calls, usec, timedCalls, rejected, failed }): [string, string] => {
      const perCall = timedCalls === 0 ? 0 : usec / timedCalls;
      return [
        `cmdstat_${name}`,
        `calls=${calls},usec=${Math.round(usec)},usec_per_call=${perCall.toFixed(2)},rejected_calls=${rejected},failed_calls=${failed}`,
      ];
    }),
  );
}
