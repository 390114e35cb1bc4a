import { lookup as dnsLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Not of the public internet: this network, private, shared, loopback, link-local, special, multicast, reserved. */
const PRIVATE_V4: [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
const PRIVATE_V6: [string, number][] = [
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const PRIVATE = privateRanges();
const LOOPBACK = rangesOf(['127.0.0.0/8', '::1']);

/** Resolves a name to all its addresses. */
export type LookupAll = (
  hostname: string,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** Whether an address (dotted or with colons) is one that only this machine or network has. */
export function isPrivate(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Looks a host up for a connection, and leaves out private addresses that were not allowed: a name is only as good as the
 * answer that DNS gives at this moment. `localhost` is the operator's word for loopback. (A host that is an address
 * itself is not looked up.)
 */
export function guardedLookup(
  allowed: boolean | readonly string[],
  lookup: LookupAll = (hostname, done) => dnsLookup(hostname, { all: true }, done),
): LookupFunction {
  const listed = rangesOf(typeof allowed === 'boolean' ? [] : allowed);
  const isAllowed = (hostname: string, { address, family }: LookupAddress) => {
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (allowed === true || !isPrivate(address) || listed.check(address, type)) return true;
    return /^(?:.+\.)?localhost\.?$/i.test(hostname) && LOOPBACK.check(address, type);
  };
  return (hostname, options, done) =>
    lookup(hostname, (error, all) => {
      if (error !== null) return done(error, '', 0);
      const wanted = all.filter(({ family }) => !options.family || familyOf(options.family) === family);
      const good = wanted.filter((each) => isAllowed(hostname, each));
      const [first] = good;
      if (first === undefined) {
        const code = wanted.length > 0 ? 'PRIVATE_ADDRESS' : 'ENOTFOUND';
        return done(Object.assign(new Error(code), { code }), '', 0);
      }
      return options.all === true ? done(null, good) : done(null, first.address, first.family);
    });
}

function familyOf(family: number | 'IPv4' | 'IPv6'): number {
  return typeof family === 'number' ? family : family === 'IPv6' ? 6 : 4;
}

/** Addresses and ranges such as 10.0.0.0/8. */
function rangesOf(texts: readonly string[]): BlockList {
  const list = new BlockList();
  for (const text of texts) {
    const [address = '', bits] = text.split('/');
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(address, bits === undefined ? (type === 'ipv6' ? 128 : 32) : Number(bits), type);
  }
  return list;
}

/** Those of IPv4 in the disguises of IPv6 too: NAT64 and 6to4. (Mapped ones, ::ffff:, a BlockList knows by itself.) */
function privateRanges(): BlockList {
  const list = new BlockList();
  for (const [address, bits] of PRIVATE_V6) list.addSubnet(address, bits, 'ipv6');
  for (const [address, bits] of PRIVATE_V4) {
    const hex = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    const [high, low] = [`${hex[0]}${hex[1]}`, `${hex[2]}${hex[3]}`];
    list.addSubnet(address, bits, 'ipv4');
    list.addSubnet(`64:ff9b::${high}:${low}`, 96 + bits, 'ipv6');
    list.addSubnet(`2002:${high}:${low}::`, 16 + bits, 'ipv6');
  }
  return list;
}
