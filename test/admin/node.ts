import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ADMIN_LIMITS, type AdminLimits } from '../../src/admin/limits';
import { systemWorld } from '../../src/base/system-world';
import { loadConfig } from '../../src/config';
import { Sidecar } from '../../src/sidecar';
import { SILENT_LOG } from '../support/manual-world';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  json(): any;
}

export interface AskOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string | object;
}

export interface AdminNode {
  readonly sidecar: Sidecar;
  readonly dir: string;
  readonly port: number;
  readonly redisPort: number;
  readonly token: string;
  ask(path: string, options?: AskOptions): Promise<Answer>;
  /** A POST with the token. */
  act(path: string, body?: object): Promise<Answer>;
  /** Bytes as they are; resolves with all that came once the other side is done. */
  raw(text: string): Promise<string>;
  open(): Socket;
  stop(): Promise<void>;
}

export interface NodeOptions {
  flags?: readonly string[];
  yaml?: string;
  limits?: Partial<AdminLimits>;
  host?: string;
}

/** A whole node in this process, on free ports, without a disk. */
export async function startNode({
  flags = [],
  yaml,
  limits = {},
  host = '127.0.0.1',
}: NodeOptions = {}): Promise<AdminNode> {
  const dir = mkdtempSync(join(tmpdir(), 'larder-admin-'));
  const file = join(dir, 'larder.yaml');
  if (yaml !== undefined) writeFileSync(file, yaml);
  const loaded = loadConfig({
    argv: [...['--port', '0', '--disk', 'off', '--dir', dir, ...flags], ...(yaml === undefined ? [] : [file])],
    env: {},
    readFile: (path) => readFileSync(path),
    cwd: dir,
  });
  const sidecar = new Sidecar({
    ...loaded,
    world: systemWorld(SILENT_LOG),
    version: '0.0.0-test',
    exit: () => {},
    adminAt: { host, port: 0, limits: { ...ADMIN_LIMITS, ...limits } },
  });
  await sidecar.start();
  const { port } = sidecar.admin!;
  const given = loaded.config.adminToken;
  const token = given === '' ? readFileSync(join(dir, 'admin.token'), 'utf8').trim() : given;
  const ask = (path: string, options: AskOptions = {}) => askPort(port, path, options);
  return {
    sidecar,
    dir,
    port,
    redisPort: sidecar.server.ports[0]!,
    token,
    ask,
    act: (path, body = {}) => ask(path, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body }),
    raw: (text) =>
      new Promise((done) => {
        const socket = connect(port, '127.0.0.1');
        let came = '';
        socket.on('data', (part) => (came += part.toString('latin1')));
        socket.on('error', () => {});
        socket.on('close', () => done(came));
        socket.write(text, 'latin1');
      }),
    open: () =>
      connect(port, '127.0.0.1')
        .on('error', () => {})
        .resume(),
    async stop() {
      await sidecar.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function askPort(port: number, path: string, { method = 'GET', headers = {}, body }: AskOptions): Promise<Answer> {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  const typed =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(text)}` };
  return new Promise((done, fail) => {
    const asked = request(
      { host: '127.0.0.1', port, path, method, headers: { ...typed, ...headers }, agent: false },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const came = Buffer.concat(parts).toString('utf8');
          done({ status: response.statusCode!, headers: response.headers, text: came, json: () => JSON.parse(came) });
        });
      },
    );
    asked.on('error', fail);
    asked.end(text);
  });
}
