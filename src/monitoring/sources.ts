import type { Clock } from '../base/world';
import type { Config } from '../config';
import type { Engine } from '../engine/engine';
import type { Monitoring, WindowName } from './api';
import type { CommandCounts } from './command-counts';
import type { ErrorCounts } from './error-counts';
import type { Fields } from './fields';
import type { Insights } from './insights';
import type { Sampler } from './sampler';
import type { LearningFacts } from './stats/learning';

/** What does not change while the node runs. */
export interface Identity {
  /** The version of Redis that clients go by. */
  readonly redisVersion: string;
  readonly larderVersion: string;
  /** 40 hex digits, new at every start. */
  readonly runId: string;
  readonly name: string;
  /** Clock milliseconds. */
  readonly startedAtMs: number;
  /** Absolute, or '' without one. */
  readonly configFile: string;
}

/** What the operating system says about the process. */
export interface ProcessFacts {
  readonly pid: number;
  readonly executable: string;
  readonly os: string;
  readonly archBits: number;
  readonly nodeVersion: string;
  readonly systemMemoryBytes: number;
  rssBytes(): number;
  /** Used by objects of the runtime. */
  heapBytes(): number;
  /** Microseconds since the start. */
  cpu(): { readonly user: number; readonly system: number };
}

/** What the server counts. */
export interface Traffic {
  readonly connectionsReceived: number;
  readonly connectionsRejected: number;
  readonly commandsProcessed: number;
  readonly protocolErrors: number;
  /** Error replies that no command wrote. */
  readonly errorReplies: number;
  readonly outputBufferDisconnections: number;
  readonly queryBufferDisconnections: number;
  readonly idleDisconnections: number;
  readonly netInputBytes: number;
  readonly netOutputBytes: number;
  reset(): void;
}

export interface ClientFacts {
  readonly connected: number;
  /** Waiting for a disk, an origin or background work. */
  readonly blocked: number;
  readonly queryBytesMax: number;
  readonly outputBytesMax: number;
  readonly subscribers: number;
  readonly watching: number;
  readonly tracking: number;
}

/** What clients listen to and track. */
export interface Messaging {
  readonly channels: number;
  readonly shardChannels: number;
  readonly patterns: number;
  /** Messages handed over to subscribers. */
  readonly delivered: number;
  readonly trackedKeys: number;
  readonly trackedItems: number;
  readonly trackedPrefixes: number;
  /** Keys given up because the table of tracked keys was full. */
  readonly trackedEvicted: number;
  /** Transactions that had to wait in their middle, and kept everybody waiting. */
  readonly transactionsAlone: number;
}

/** Warming, which is of one rank with this: by its shape. */
export interface WarmingReports {
  report(): Fields;
  /** Counters begin anew. */
  reset(): void;
}

/** Everything that reports are made of. */
export interface Sources {
  readonly identity: Identity;
  readonly process: ProcessFacts;
  readonly config: Config;
  readonly clock: Clock;
  readonly engine: Pick<
    Engine,
    'core' | 'reading' | 'writeBehind' | 'filling' | 'background' | 'leases' | 'misses' | 'gathering' | 'notices'
  >;
  readonly traffic: Traffic;
  readonly commands: CommandCounts;
  readonly errors: ErrorCounts;
  readonly sampler: Sampler;
  readonly monitoring: Monitoring;
  readonly insights: Insights;
  readonly warming: WarmingReports;
  readonly learning: LearningFacts;
  /** 0 before it listens, or without TCP. */
  port(): number;
  clients(): ClientFacts;
  messaging(): Messaging;
  /** Clock milliseconds of the last time that everything was on disk; the start if never. */
  savedAtMs(): number;
  saveUnderWay(): boolean;
}

/** Makes one section of a report; `window`: over that time, as far as the section counts. */
export type Section = (sources: Sources, window?: WindowName) => Fields;

/** Bytes of all that counts as data: entries, tags, dependencies. */
export function usedBytesOf({ core }: Sources['engine']): number {
  const { memory, tags, graph, graces, noticing } = core;
  const followed = noticing?.bytesUsed ?? 0;
  return memory.usedBytes + tags.stats().bytesUsed + graph.stats().bytesUsed + graces.bytesUsed + followed;
}

/** GETs answered from a layer of the node. */
export function hitsOf({ engine }: Sources): number {
  const { memoryHits, diskHits } = engine.core.counters;
  return memoryHits + diskHits;
}

/** Live entries of a database, as exact as can be said at once. `db` is physical. */
export function entriesIn({ core }: Sources['engine'], db: number): number {
  return Math.max(0, core.memory.count(db) - core.tags.pendingIn(db) - core.graces.lapsed[db]!);
}

/** Of all databases. */
export function entriesOf(engine: Sources['engine']): number {
  return engine.core.dbs.physical.reduce((sum, db) => sum + entriesIn(engine, db), 0);
}
