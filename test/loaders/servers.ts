import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real database server of its own, in a folder of its own, on a free port of this machine. */
export interface DatabaseServer {
  /** For the user and database of the tests. */
  url: string;
  port: number;
  stop(): Promise<void>;
}

const START_TRIES = 3;

export function startPostgres(): Promise<DatabaseServer> {
  const bin = '/usr/lib/postgresql/15/bin';
  return start('postgres', `${bin}/postgres`, 'postgresql', (folder, as) => {
    const data = join(folder, 'data');
    as(`${bin}/initdb`, ['-D', data, '-U', 'app', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
    return (port) => ({
      args: ['-D', data, '-p', `${port}`, '-h', '127.0.0.1', '-k', folder, '-F', '-c', 'max_connections=50'],
      url: `postgres://app:no-secret@127.0.0.1:${port}/postgres`,
      ready: /database system is ready to accept connections/,
      // Ends sessions without waiting for them.
      signal: 'SIGQUIT',
    });
  });
}

export function startMariadb(): Promise<DatabaseServer> {
  return start('mysql', '/usr/sbin/mariadbd', 'mariadb-server', (folder, as) => {
    const data = join(folder, 'data');
    as('/usr/bin/mariadb-install-db', [
      '--no-defaults',
      `--datadir=${data}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ]);
    return (port) => ({
      args: [
        '--no-defaults',
        `--datadir=${data}`,
        `--socket=${join(folder, 'socket')}`,
        `--port=${port}`,
        '--bind-address=127.0.0.1',
        '--skip-name-resolve',
        '--innodb-buffer-pool-size=8M',
        '--innodb-flush-log-at-trx-commit=0',
        '--max-allowed-packet=64M',
      ],
      url: `mysql://root@127.0.0.1:${port}/mysql`,
      ready: /ready for connections/,
      signal: 'SIGKILL',
    });
  });
}

interface Launch {
  args: string[];
  url: string;
  ready: RegExp;
  signal: NodeJS.Signals;
}

type RunAs = (file: string, args: string[]) => void;

/** Servers refuse to run as root, so root becomes `user`. */
async function start(
  user: string,
  binary: string,
  debianPackage: string,
  prepare: (folder: string, as: RunAs) => (port: number) => Launch,
): Promise<DatabaseServer> {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: .ci/run installs the package ${debianPackage}`);
  const folder = mkdtempSync(join(tmpdir(), `larder-${user}-`));
  const ids = process.getuid?.() === 0 ? { uid: idOf(user, '-u'), gid: idOf(user, '-g') } : {};
  if (ids.uid !== undefined) chownSync(folder, ids.uid, ids.gid);
  chmodSync(folder, 0o700);
  const as: RunAs = (file, args) => void execFileSync(file, args, { ...ids, cwd: folder, stdio: 'pipe' });
  const launch = prepare(folder, as);
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    const { args, url, ready, signal } = launch(port);
    const child = spawn(binary, args, { ...ids, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const said = await heard(child, ready, gone);
    if (said === undefined) {
      return {
        url,
        port,
        async stop() {
          child.kill(signal);
          await gone;
          rmSync(folder, { recursive: true, force: true });
        },
      };
    }
    // Somebody else may have taken the port meanwhile.
    if (tries === START_TRIES) throw new Error(`${binary} did not start: ${said.slice(-2000)}`);
  }
}

/** Undefined once it said so; all that it said if it ended instead. */
function heard(child: ChildProcess, ready: RegExp, gone: Promise<void>): Promise<string | undefined> {
  let said = '';
  return new Promise((resolve) => {
    const listen = (chunk: Buffer) => {
      said += chunk.toString('latin1');
      if (ready.test(said)) resolve(undefined);
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    void gone.then(() => resolve(said));
  });
}

function idOf(user: string, flag: string): number {
  return Number(execFileSync('id', [flag, user], { encoding: 'utf8' }));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Asks again and again, without a pause of its own, until it is so. */
export async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await isSo())) await new Promise((next) => setImmediate(next));
}
