import type { StatusMeaning } from '../definitions';

const USUAL = new Map<number, StatusMeaning>([
  [200, 'value'],
  [203, 'value'],
  [204, 'absent'],
  [404, 'absent'],
  [408, 'retry'],
  [410, 'absent'],
  [425, 'retry'],
  [429, 'retry'],
]);

/** What a status means: as configured for it or for its class ("5xx"), otherwise as usual; what nobody foresaw is a failure. */
export function meaningOf(status: number, configured: ReadonlyMap<string, StatusMeaning>): StatusMeaning {
  const own = configured.get(String(status)) ?? configured.get(`${Math.floor(status / 100)}xx`);
  return own ?? USUAL.get(status) ?? (status >= 500 ? 'retry' : 'failure');
}
