import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..', '..');
const BIN = join(ROOT, 'bin', 'larder');
const START_MS = 60_000;

export interface RunningLarder {
  port: number;
  dir: string;
  process: ChildProcess;
  /** Everything it has logged so far. */
  log(): string;
  /** SIGTERM; its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/**
 * The real server as a child process, on a free port, in a directory of its own unless `dir` says which. Its journal lies
 * there too (unless `flags` say otherwise), so that a killed server leaves nothing behind elsewhere. `launcher`: what runs it,
 * a program that keeps its process number.
 */
export async function startLarder(
  flags: readonly string[] = [],
  dir?: string,
  launcher: readonly string[] = [],
): Promise<RunningLarder> {
  const home = dir ?? mkdtempSync(join(tmpdir(), 'larder-test-'));
  const standard = ['--port', '0', '--admin-port', '0', '--dir', home];
  const journal = flags.includes('--journal-dir') ? [] : ['--journal-dir', home];
  const [program, ...args] = [...launcher, process.execPath, BIN, ...standard, ...journal, ...flags];
  const child = spawn(program!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const port = await new Promise<number>((done, fail) => {
    const late = setTimeout(() => fail(new Error(`no answer within ${START_MS} ms: ${text}`)), START_MS);
    const read = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const found = /"port":(\d+)[^\n]*"msg":"ready"/.exec(text);
      if (found === null) return;
      clearTimeout(late);
      done(Number(found[1]));
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(new Error(`ended with ${code}: ${text}`));
    });
  });
  const ended = new Promise<number | null>((done) => child.once('exit', (code) => done(code)));
  const tidy = () => dir ?? rmSync(home, { recursive: true, force: true });
  return {
    port,
    dir: home,
    process: child,
    log: () => text,
    async stop() {
      child.kill('SIGTERM');
      const code = await ended;
      tidy();
      return code;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
      tidy();
    },
  };
}

/** Runs the server to its end, which is expected to come by itself. */
export function runLarder(args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  return new Promise((done) => child.once('close', (code) => done({ code, stdout, stderr })));
}

/** Sends raw bytes and gathers what comes back until `bytes` have come, or the other side closes. */
export function rawExchange(
  port: number,
  chunks: readonly Buffer[],
  bytes = Number.POSITIVE_INFINITY,
): Promise<Buffer> {
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1');
    const parts: Buffer[] = [];
    let size = 0;
    socket.setNoDelay(true);
    socket.on('data', (part) => {
      parts.push(part);
      size += part.length;
      if (size >= bytes) socket.destroy();
    });
    socket.on('close', () => done(Buffer.concat(parts)));
    socket.on('error', fail);
    socket.on('connect', async () => {
      for (const chunk of chunks) await new Promise((sent) => socket.write(chunk, sent));
    });
  });
}
