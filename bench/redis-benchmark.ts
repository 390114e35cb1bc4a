import { execFile } from 'node:child_process';
import type { Server } from './servers';
import { median, type Ratio, ratioOf } from './statistics';

const CLIENTS = 50;
const VALUE_BYTES = 100;
const PROBE_SECONDS = 0.4;

/** What one redis-benchmark run sends. */
export interface Work {
  pipeline: number;
  /** Keys are drawn from 0 to this, exclusive. */
  keySpace: number;
  /** `-t get` and the like, or a command of its own in which __rand_int__ becomes a random number. */
  test?: string;
  command?: string[];
}

export interface Side {
  server: Server;
  work: Work;
}

interface Run {
  /** Requests a second. */
  rate: number;
  cpuUs: number;
}

export interface Comparison {
  /** Requests a second, one for each round. */
  subject: number[];
  pair: number[];
  ratio: Ratio;
  /** Processor time that the server took for a request, all threads, medians. Steadier than rates on a busy machine. */
  subjectCpuUs: number;
  pairCpuUs: number;
}

/** The arguments as a person would type them, without port and count. */
export function argumentsOf(work: Work): string[] {
  const common = [
    '-c',
    `${CLIENTS}`,
    '-d',
    `${VALUE_BYTES}`,
    '-r',
    `${work.keySpace}`,
    '-P',
    `${work.pipeline}`,
    '--csv',
  ];
  return work.test === undefined ? [...common, ...(work.command ?? [])] : [...common, '-t', work.test];
}

/** One run; requests a second. */
function run({ server, work }: Side, requests: number): Promise<number> {
  const args = ['-h', '127.0.0.1', '-p', `${server.port}`, '-n', `${requests}`, ...argumentsOf(work)];
  return new Promise((resolve, reject) => {
    execFile('redis-benchmark', args, { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      const rate = /^"[^\n]*","([\d.]+)"(?:,"[\d.]+"){6}$/m.exec(stdout)?.[1];
      if (error) reject(error);
      else if (rate === undefined) reject(new Error(`redis-benchmark said: ${stdout}${stderr}`));
      else resolve(Number(rate));
    });
  });
}

/** How many requests keep the faster side busy for `seconds`; the probe also warms both up. */
async function requestsFor(sides: readonly Side[], seconds: number): Promise<number> {
  let fastest = 0;
  for (const side of sides) {
    const first = await run(side, 20_000);
    fastest = Math.max(fastest, await run(side, Math.round(first * PROBE_SECONDS)));
  }
  return Math.ceil((fastest * seconds) / 10_000) * 10_000;
}

/**
 * Both sides in turn, the order swapped each round. The side that is not measured is stopped meanwhile (SIGSTOP), so that
 * its background work is not paid by the other.
 */
export async function compare(subject: Side, pair: Side, rounds: number, seconds: number): Promise<Comparison> {
  const requests = await requestsFor([subject, pair], seconds);
  const mine: Run[] = [];
  const theirs: Run[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const side of round % 2 === 0 ? [subject, pair] : [pair, subject]) {
      const other = (side === subject ? pair : subject).server;
      if (other !== side.server) other.pause();
      const cpuBeforeMs = side.server.cpuMs();
      const rate = await run(side, requests);
      const cpuUs = ((side.server.cpuMs() - cpuBeforeMs) * 1000) / requests;
      if (other !== side.server) other.resume();
      (side === subject ? mine : theirs).push({ rate, cpuUs });
    }
  }
  const rates = (runs: readonly Run[]) => runs.map(({ rate }) => rate);
  const cpuUs = (runs: readonly Run[]) => median(runs.map((one) => one.cpuUs));
  return {
    ...{ subject: rates(mine), pair: rates(theirs), ratio: ratioOf(rates(mine), rates(theirs)) },
    ...{ subjectCpuUs: cpuUs(mine), pairCpuUs: cpuUs(theirs) },
  };
}
