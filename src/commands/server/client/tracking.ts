import { Fault } from '../../../base/fault';
import { flag, integer, type Option, oneOf, required, shown, text, token } from '../../framework/arguments';
import { command } from '../../framework/command';
import { SYNTAX } from '../../framework/faults';
import { OWN } from './own';
import { checkSwitch } from './tracking-rules';
import type { Tracking } from './tracking-state';

const NO_CLIENT = new Fault('ERR The client ID you want redirect to does not exist');
const NOT_TRACKING = new Fault(
  'ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode enabled',
);
const NOT_OPTIN = new Fault('ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.');
const NOT_OPTOUT = new Fault('ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.');
const TOO_MANY_PREFIXES = new Fault('ERR too many prefixes for one client');
/** Of one client: each changed key is compared with all of them. */
const PREFIXES_MAX = 1000;

/** `PREFIX p`, again and again. */
const prefixes: Option<readonly string[]> = {
  kind: 'option',
  required: false,
  absent: [],
  together: true,
  choices: [{ token: 'PREFIX', least: 1, read: (input, before) => [...before, input.args[input.at++]!.toString()] }],
  shape: { type: 'string', token: 'PREFIX', optional: true, multiple: true },
};

export const tracking = command({
  ...OWN,
  name: 'tracking',
  since: '6.0.0',
  summary: 'Have this connection told when keys that it has read change, so that it may keep them',
  help: ['Control server assisted client side caching.'],
  args: {
    status: required(oneOf('ON', 'OFF')),
    redirect: token('REDIRECT', integer({}, 'client-id')),
    prefix: prefixes,
    bcast: flag('BCAST'),
    optin: flag('OPTIN'),
    optout: flag('OPTOUT'),
    noloop: flag('NOLOOP'),
  },
  run({ client, node, out }, { status, redirect = 0, prefix, bcast, optin, optout, noloop }) {
    if (redirect !== 0 && node.admin.clients.byId(redirect) === undefined) throw NO_CLIENT;
    if (status === 'ON') {
      const options = { redirect, bcast, optin, optout, noloop, prefixes: prefix };
      checkSwitch(options, client.tracking);
      if (prefix.length + (client.tracking?.prefixes.length ?? 0) > PREFIXES_MAX) throw TOO_MANY_PREFIXES;
      node.tracking.start(client, options);
    } else if (client.tracking !== null) node.tracking.stop(client);
    out.ok();
  },
});

const word = (token: string) => ({ name: token.toLowerCase(), type: 'pure-token' as const, token });

export const caching = command({
  ...OWN,
  name: 'caching',
  since: '6.0.0',
  summary: 'Say of the next command whether the keys that it reads are tracked',
  help: ['Enable/disable tracking of the keys for next command in OPTIN/OPTOUT modes.'],
  args: { mode: shown(text(), { type: 'oneof', children: [word('YES'), word('NO')] }) },
  run({ client: { tracking: now }, out }, { mode }) {
    if (now === null) throw NOT_TRACKING;
    const asked = mode.toUpperCase();
    if (asked !== 'YES' && asked !== 'NO') throw SYNTAX;
    if (asked === 'YES' && !now.optin) throw NOT_OPTIN;
    if (asked === 'NO' && !now.optout) throw NOT_OPTOUT;
    now.caching = true;
    out.ok();
  },
});

export const getredir = command({
  ...OWN,
  name: 'getredir',
  since: '6.0.0',
  summary: 'Get the client that is told in place of this one; 0 if it is told itself, -1 without tracking',
  help: ['Return the client ID we are redirecting to when tracking is enabled.'],
  run: ({ client, out }) => out.integer(client.tracking?.redirect ?? -1),
});

function flagsOf(now: Tracking | null): string[] {
  if (now === null) return ['off'];
  const flags = ['on'];
  if (now.bcast) flags.push('bcast');
  if (now.optin) flags.push('optin', ...(now.caching ? ['caching-yes'] : []));
  if (now.optout) flags.push('optout', ...(now.caching ? ['caching-no'] : []));
  if (now.noloop) flags.push('noloop');
  if (now.isRedirectBroken) flags.push('broken_redirect');
  return flags;
}

export const trackinginfo = command({
  ...OWN,
  name: 'trackinginfo',
  since: '6.2.0',
  summary: 'Get what tracking does for this connection',
  help: ['Report tracking status for the current connection.'],
  run({ client: { tracking: now }, out }) {
    const flags = flagsOf(now);
    out.map(3);
    out.bulkText('flags');
    out.set(flags.length);
    for (const each of flags) out.bulkText(each);
    out.bulkText('redirect');
    out.integer(now?.redirect ?? -1);
    out.bulkText('prefixes');
    const { prefixes: given = [] } = now ?? {};
    out.array(given.length);
    for (const prefix of given) out.bulkText(prefix);
  },
});
