import { readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { sleepMs } from './statistics';

/** Clock ticks a second of /proc/<pid>/stat; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const SETTLE_WINDOW_MS = 400;
const SETTLE_SHARE_MAX = 0.04;

const runningPids = new Set<number>();
const temporaryDirs = new Set<string>();

export const willKill = (pid: number) => void runningPids.add(pid);
export const hasEnded = (pid: number) => void runningPids.delete(pid);
export const willRemove = (dir: string) => void temporaryDirs.add(dir);

/** Kills what still runs and removes what was written. Synchronous, so that it also works while the process exits. */
export function cleanUp(): void {
  for (const pid of runningPids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  }
  runningPids.clear();
  for (const dir of temporaryDirs) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
  temporaryDirs.clear();
}

/** Whatever ends this process, nothing that it started outlives it (except kill -9). */
export function cleanUpAtExit(): void {
  process.on('exit', cleanUp);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
}

/** Resident set of a process, its threads included. */
export function rssBytes(pid: number): number {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kibibytes) * 1024;
}

/** User and system time of a process, its threads included. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; utime and stime are the 12th and 13th words after it.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(words[11]) + Number(words[12])) * 1000) / TICKS_PER_SECOND;
}

/** Share of all processors that was in use over the next `windowMs`. */
export async function machineUse(windowMs: number): Promise<number> {
  const before = machineTicks();
  await sleepMs(windowMs);
  const after = machineTicks();
  return 1 - (after.idle - before.idle) / (after.all - before.all);
}

function machineTicks(): { all: number; idle: number } {
  // First line: cpu user nice system idle iowait irq softirq steal ...
  const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!;
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { all: ticks.reduce((sum, value) => sum + value, 0), idle: ticks[3]! + ticks[4]! };
}

/**
 * Waits until the process does nothing in the background any more, so that it does not take time from what is measured
 * next. Returns false if it was still busy after `limitMs`.
 */
export async function settle(pid: number, limitMs = 60_000): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    const before = cpuMs(pid);
    await sleepMs(SETTLE_WINDOW_MS);
    if ((cpuMs(pid) - before) / SETTLE_WINDOW_MS <= SETTLE_SHARE_MAX) return true;
  }
  return false;
}

/** A loopback port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
