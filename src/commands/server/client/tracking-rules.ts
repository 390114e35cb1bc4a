import { Fault } from '../../../base/fault';
import { untilNul } from '../../framework/faults';
import type { Tracking, TrackingOptions } from './tracking-state';

const NO_BCAST = new Fault('ERR PREFIX option requires BCAST mode to be enabled');
const OTHER_BCAST = new Fault(
  "ERR You can't switch BCAST mode on/off before disabling tracking for this client, and then re-enabling it with a different mode.",
);
const OPT_WITH_BCAST = new Fault('ERR OPTIN and OPTOUT are not compatible with BCAST');
const BOTH_OPTS = new Fault("ERR You can't specify both OPTIN mode and OPTOUT mode");
const OTHER_OPT = new Fault(
  "ERR You can't switch OPTIN/OPTOUT mode before disabling tracking for this client, and then re-enabling it with a different mode.",
);

/** Whether the options go together, and with those in force. Throws Fault, in Redis's order. */
export function checkSwitch(asked: TrackingOptions, now: Tracking | null): void {
  if (!asked.bcast && asked.prefixes.length > 0) throw NO_BCAST;
  if (now !== null && now.bcast !== asked.bcast) throw OTHER_BCAST;
  if (asked.bcast && (asked.optin || asked.optout)) throw OPT_WITH_BCAST;
  if (asked.optin && asked.optout) throw BOTH_OPTS;
  if (now !== null && ((asked.optin && now.optout) || (asked.optout && now.optin))) throw OTHER_OPT;
  if (asked.bcast) checkPrefixes(asked.prefixes, now?.prefixes ?? []);
}

/** A key has at most one of a client's prefixes. */
function checkPrefixes(given: readonly string[], known: readonly string[]): void {
  const overlap = (a: string, b: string) => a.startsWith(b) || b.startsWith(a);
  for (const [i, prefix] of given.entries()) {
    const old = known.find((each) => overlap(prefix, each));
    if (old !== undefined) throw overlapping(prefix, 'an existing', old);
    const other = given.slice(i + 1).find((each) => overlap(prefix, each));
    if (other !== undefined) throw overlapping(prefix, 'another provided', other);
  }
}

function overlapping(prefix: string, which: string, other: string): Fault {
  return new Fault(
    `ERR Prefix '${untilNul(prefix)}' overlaps with ${which} prefix '${untilNul(other)}'. Prefixes for a single client must not overlap.`,
  );
}
