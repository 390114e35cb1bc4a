import { isIP } from 'node:net';

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '::1'];

/** Whether only this machine can reach what listens there. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));
}

/** The name in a Host header: without port and brackets, in lower case; undefined if it is none. */
export function hostNameOf(header: string): string | undefined {
  const [, six, name] = /^(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9_.-]{1,253}))(?::\d{1,5})?$/i.exec(header) ?? [];
  const host = six ?? name;
  return host?.toLowerCase().replace(/\.$/, '');
}

/**
 * Who may be asked for. A page of somebody else that has its own name resolve to this machine (DNS rebinding) still says that
 * name; an address that the connection really came to cannot be lied about.
 */
export class Hosts {
  private readonly allowed: ReadonlySet<string>;

  constructor(bind: string, more: readonly string[]) {
    this.allowed = new Set([...LOOPBACK_NAMES, bind, ...more].map((name) => name.toLowerCase()));
  }

  /** `localAddress`: of the connection. */
  allows(host: string | undefined, localAddress: string | undefined): boolean {
    const name = host === undefined ? undefined : hostNameOf(host);
    if (name === undefined) return false;
    return this.allowed.has(name) || (isIP(name) !== 0 && name === localAddress?.replace(/^::ffff:/, ''));
  }

  /** A browser says where the page comes from that asks: it must be this very port's. */
  allowsOrigin(origin: string, host: string): boolean {
    return origin.toLowerCase() === `http://${host.toLowerCase()}`;
  }
}
