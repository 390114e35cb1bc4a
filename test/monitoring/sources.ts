import { ALERTS_DEFAULT, Settings } from '../../src/config';
import type { Engine } from '../../src/engine/engine';
import type { Probe } from '../../src/engine/probe';
import { Probes } from '../../src/engine/probes';
import type { Monitoring } from '../../src/monitoring/api';
import { CommandCounts } from '../../src/monitoring/command-counts';
import { ErrorCounts } from '../../src/monitoring/error-counts';
import { History, type NoteStore } from '../../src/monitoring/history/history';
import { Insights } from '../../src/monitoring/insights';
import { CommandLatencies } from '../../src/monitoring/measuring/command-latencies';
import { Measuring } from '../../src/monitoring/measuring/measuring';
import { Reports } from '../../src/monitoring/reports';
import { Sampler } from '../../src/monitoring/sampler';
import { type Sources, usedBytesOf } from '../../src/monitoring/sources';
import { type BuildOptions, buildEngine } from '../engine/build';
import { type ManualWorld, manualWorld } from '../support/manual-world';

export interface ObservedOptions {
  world?: ManualWorld;
  build?: BuildOptions;
  engine?: (probe: Probe) => Engine;
  store?: () => NoteStore | null;
}

export interface Observed {
  readonly world: ManualWorld;
  readonly engine: Engine;
  readonly sources: Sources;
  readonly reports: Reports;
  readonly measuring: Measuring;
  readonly latencies: CommandLatencies;
  readonly history: History;
  readonly traffic: { -readonly [K in keyof Sources['traffic']]: Sources['traffic'][K] };
}

export const MB = 1024 ** 2;

export function traffic(): Observed['traffic'] {
  const counts = {
    connectionsReceived: 7,
    connectionsRejected: 2,
    commandsProcessed: 100,
    protocolErrors: 1,
    errorReplies: 1,
    outputBufferDisconnections: 3,
    queryBufferDisconnections: 4,
    idleDisconnections: 5,
    netInputBytes: 1000,
    netOutputBytes: 2000,
  };
  return {
    ...counts,
    reset() {
      for (const name of Object.keys(counts) as (keyof typeof counts)[]) this[name] = 0;
    },
  };
}

/** Reports over an engine of 4 MB that a test drives. */
export function observed(options: ObservedOptions = {}): Observed {
  const world = options.world ?? manualWorld();
  const probes = new Probes();
  const engine =
    options.engine?.(probes) ??
    buildEngine(world, { maxMemoryBytes: 4 * MB, policy: 'volatile-lru', probe: probes, ...options.build });
  const counts = traffic();
  const process = {
    pid: 42,
    executable: '/bin/larder',
    os: 'Linux',
    archBits: 64,
    nodeVersion: 'v20',
    systemMemoryBytes: 1024 * MB,
    rssBytes: () => 90 * MB,
    heapBytes: () => 10 * MB,
    cpu: () => ({ user: 1_500_000, system: 250_000 }),
  };
  const sampler = new Sampler(
    {
      commandsProcessed: () => counts.commandsProcessed,
      netInputBytes: () => counts.netInputBytes,
      netOutputBytes: () => counts.netOutputBytes,
      usedBytes: () => usedBytesOf(engine),
      rssBytes: process.rssBytes,
    },
    world.clock,
    world.scheduler,
    () => {},
  );
  const startedAtMs = world.clock.now;
  const sources: Sources = {
    learning: {
      isOn: false,
      facts: {
        ...{ uses: 0, keys: 0, hourKeys: 0, users: 0, templates: 0, sizeBytes: 0, walks: 0, walkTookMs: 0 },
        ...{ restored: 0, saves: 0, saveFailures: 0, fileBytes: 0 },
        ...{ afterStart: 0, afterInvalidation: 0, beforeHour: 0, expiring: 0 },
      },
      reset() {},
    },
    warming: { report: () => new Map([['queue', 0]]), reset() {} },
    identity: {
      redisVersion: '7.4.0',
      larderVersion: '0.1.0',
      runId: 'a'.repeat(40),
      name: 'here',
      startedAtMs,
      configFile: '/etc/larder.yaml',
    },
    process,
    config: new Settings().config,
    clock: world.clock,
    engine,
    traffic: counts,
    commands: new CommandCounts(),
    errors: new ErrorCounts(),
    sampler,
    get monitoring(): Monitoring {
      return measuring;
    },
    get insights(): Insights {
      return insights;
    },
    port: () => 6380,
    clients: () => ({
      connected: 3,
      blocked: 1,
      queryBytesMax: 17,
      outputBytesMax: 19,
      subscribers: 2,
      watching: 1,
      tracking: 1,
    }),
    messaging: () => ({
      channels: 4,
      shardChannels: 5,
      patterns: 6,
      delivered: 7,
      trackedKeys: 8,
      trackedItems: 9,
      trackedPrefixes: 10,
      trackedEvicted: 11,
      transactionsAlone: 12,
    }),
    savedAtMs: () => startedAtMs,
    saveUnderWay: () => false,
  };
  const store = options.store ?? (() => null);
  const history = new History(store, world.log);
  const latencies = new CommandLatencies(true, world.random);
  const measuring = new Measuring({ sources, world, latencies, history, isOn: true });
  probes.add(measuring.observer);
  const insights = new Insights({
    sources,
    world,
    sections: { rules: ALERTS_DEFAULT, webhook: undefined, minIntervalMs: 300_000 },
    isOn: true,
    announce: () => {},
  });
  return { world, engine, sources, reports: new Reports(sources), traffic: counts, measuring, latencies, history };
}
