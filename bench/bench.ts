import type { CaseResult } from './report';
import { Server, type ServerOptions, type Target } from './servers';

/** What a case is given. */
export interface Bench {
  subject: Target;
  pair: Target;
  /** At least 5 for figures that are published. */
  rounds: number;
  /** Seconds that one measurement takes, roughly. */
  seconds: number;
  /** Entries of a case's data set, when the command line says so. */
  entries: number | undefined;
  /** Of the kill case. */
  cycles: number;
  /** Progress, for who waits. */
  say(line: string): void;
}

export interface Case {
  name: string;
  title: string;
  run(bench: Bench): Promise<CaseResult>;
}

/** Starts servers for `work` and removes them after it, whatever happens. */
export async function withServers<T>(
  wanted: readonly (readonly [Target, ServerOptions])[],
  work: (...servers: Server[]) => Promise<T>,
): Promise<T> {
  const servers: Server[] = [];
  try {
    for (const [target, options] of wanted) servers.push(await Server.start(target, options));
    return await work(...servers);
  } finally {
    for (const server of servers) await server.remove();
  }
}
