import type { Administration, Configuration } from '../commands/node';
import type { Monitoring } from '../monitoring/api';
import { ErrorCounts } from '../monitoring/error-counts';
import { History } from '../monitoring/history/history';
import { Insights } from '../monitoring/insights';
import { LatencyLog } from '../monitoring/latency-log';
import { CommandLatencies } from '../monitoring/measuring/command-latencies';
import { Measuring } from '../monitoring/measuring/measuring';
import { Reports } from '../monitoring/reports';
import { Sampler } from '../monitoring/sampler';
import { SlowLog } from '../monitoring/slow-log';
import {
  type ClientFacts,
  type Identity,
  type Messaging,
  type ProcessFacts,
  type Sources,
  usedBytesOf,
} from '../monitoring/sources';
import type { Clients } from './clients';
import type { NodeParts } from './node';
import type { Server } from './server';
import { CommandWatch } from './watch';

/** SAVE answers within this. */
const SAVE_MS_MAX = 60_000;

export interface AdministrationParts extends NodeParts {
  identity: Identity;
  process: ProcessFacts;
}

/** Reports, logs, connections and the life of the node, put together from what the sidecar built. */
export class ServerAdministration implements Administration {
  readonly configuration: Configuration;
  readonly errors = new ErrorCounts();
  readonly slowLog: SlowLog;
  readonly latency: LatencyLog;
  readonly watch: CommandWatch;
  readonly sampler: Sampler;
  readonly reports: Reports;
  readonly measuring: Measuring;
  readonly insights: Insights;
  private readonly history: History;
  savedAtMs: number;
  private saving: Promise<boolean> | null = null;

  constructor(private readonly parts: AdministrationParts) {
    const { settings, engine, world, process, identity } = parts;
    const { config } = settings;
    const { clock } = world;
    this.configuration = settings;
    this.savedAtMs = clock.now;
    this.slowLog = new SlowLog(() => config.slowlogMaxLen);
    this.latency = new LatencyLog(
      () => config.latencyMonitorThresholdMs,
      () => Math.floor((clock.now + clock.wallOffsetMs) / 1000),
    );
    const isOn = config.monitoring === 'on';
    const latencies = new CommandLatencies(isOn, world.random);
    this.watch = new CommandWatch(clock, this.slowLog, this.latency, latencies);
    this.watch.slowerThan(config.slowlogLogSlowerThan);
    settings.onChange('slowlog-log-slower-than', (us) => this.watch.slowerThan(us));
    const traffic = () => parts.server().counters;
    this.sampler = new Sampler(
      {
        commandsProcessed: () => traffic().commandsProcessed,
        netInputBytes: () => traffic().netInputBytes,
        netOutputBytes: () => traffic().netOutputBytes,
        usedBytes: () => usedBytesOf(engine),
        rssBytes: process.rssBytes,
      },
      clock,
      world.scheduler,
      (ms) => this.latency.record('event-loop', ms),
    );
    const measuring = (): Monitoring => this.measuring;
    const insights = (): Insights => this.insights;
    const sources: Sources = {
      identity,
      process,
      config,
      clock,
      engine,
      get traffic() {
        return traffic();
      },
      commands: this.watch.counts,
      errors: this.errors,
      sampler: this.sampler,
      get monitoring() {
        return measuring();
      },
      get insights() {
        return insights();
      },
      warming: parts.warming,
      learning: parts.learning,
      port: () => parts.server().ports.find((port) => port > 0) ?? 0,
      clients: () => factsOf(this.clients),
      messaging: () => messagingOf(parts.server()),
      savedAtMs: () => this.savedAtMs,
      saveUnderWay: () => this.saving !== null,
    };
    this.history = new History(() => engine.core.disk, world.log);
    this.measuring = new Measuring({ sources, world, latencies, history: this.history, isOn });
    if (isOn) parts.probes.add(this.measuring.observer);
    this.insights = new Insights({
      sources,
      world,
      sections: parts.alerts,
      isOn,
      announce: (channel, message) => parts.server().broker.announce(channel, message),
    });
    this.reports = new Reports(sources);
  }

  start(): void {
    const { now, wallOffsetMs } = this.parts.world.clock;
    this.sampler.start();
    this.measuring.start();
    this.insights.start();
    void this.history.open(now + wallOffsetMs).then(() => this.insights.restore());
  }

  stop(): void {
    this.sampler.stop();
    this.measuring.stop();
    this.insights.stop();
  }

  get clients(): Clients {
    return this.parts.server().clients;
  }

  save(): Promise<boolean> {
    this.saving ??= this.saveNow().finally(() => {
      this.saving = null;
    });
    return this.saving;
  }

  /** Not in the middle of a turn, whose replies are still to be written. */
  shutdown(save: boolean): void {
    this.parts.world.scheduler.soon(() => this.parts.shutdown(save));
  }

  private async saveNow(): Promise<boolean> {
    const { engine, world } = this.parts;
    const isWhole = await engine.writeBehind.drain(SAVE_MS_MAX);
    await engine.core.disk?.flushed();
    if (isWhole) this.savedAtMs = world.clock.refresh();
    return isWhole;
  }
}

function factsOf(clients: Clients): ClientFacts {
  let blocked = 0;
  let queryBytesMax = 0;
  let outputBytesMax = 0;
  let subscribers = 0;
  let watching = 0;
  let tracking = 0;
  for (const session of clients) {
    if (session.isWaiting) blocked++;
    if (session.subscriptions !== null) subscribers++;
    if (session.watch !== null) watching++;
    if (session.tracking !== null) tracking++;
    queryBytesMax = Math.max(queryBytesMax, session.queryBytes);
    outputBytesMax = Math.max(outputBytesMax, session.outputBytes);
  }
  return { connected: clients.count, blocked, queryBytesMax, outputBytesMax, subscribers, watching, tracking };
}

function messagingOf({ broker, tracking, exclusion }: Server): Messaging {
  return {
    channels: broker.channelCount,
    shardChannels: broker.shardChannelCount,
    patterns: broker.patternCount,
    delivered: broker.delivered,
    trackedKeys: tracking.keys,
    trackedItems: tracking.items,
    trackedPrefixes: tracking.prefixes,
    trackedEvicted: tracking.evicted,
    transactionsAlone: exclusion.count,
  };
}
