import { chmodSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, isIP, type Server, type Socket } from 'node:net';
import { ListenFailure, listenFailure } from '../base/listen-failure';

export interface Endpoint {
  /** TCP address and port (0: any free), or the path of a unix socket. */
  host?: string;
  port?: number;
  path?: string;
  /** Permission bits of the unix socket. */
  mode?: number;
  backlog: number;
}

/**
 * Opens one endpoint. Sockets come paused (see shared-read.ts). A unix socket gets its mode before anybody can connect, and
 * replaces a dead one of the same name, never a living one and never another kind of file.
 */
export async function listen(endpoint: Endpoint, accept: (socket: Socket) => void): Promise<Server> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, accept);
  if (endpoint.path !== undefined) await clearDeadSocket(endpoint.path);
  const umask = endpoint.path === undefined ? undefined : process.umask(0o777 & ~(endpoint.mode ?? 0o700));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      const at = endpoint.path === undefined ? { host: endpoint.host, port: endpoint.port } : { path: endpoint.path };
      server.listen({ ...at, backlog: endpoint.backlog }, () => resolve());
    });
  } catch (failure) {
    throw listenFailure(nameOf(endpoint), failure);
  } finally {
    if (umask !== undefined) process.umask(umask);
  }
  if (endpoint.path !== undefined) chmodSync(endpoint.path, endpoint.mode ?? 0o700);
  return server;
}

function nameOf({ host, port, path }: Endpoint): string {
  if (path !== undefined) return path;
  return isIP(host ?? '') === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

async function clearDeadSocket(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (!stat.isSocket()) throw new ListenFailure(`cannot listen on ${path}: there is a file that is not a socket`);
  const alive = await new Promise<boolean>((resolve) => {
    const probe = connect({ path });
    probe.once('connect', () => resolve(true));
    probe.once('error', () => resolve(false));
    probe.once('close', () => probe.destroy());
  });
  if (alive) throw new ListenFailure(`cannot listen on ${path}: the address is in use by another process`);
  unlinkSync(path);
}
