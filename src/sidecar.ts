import { randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { DEFAULT_LIMITS, type Limits } from '../protocol/limits';
import type { Admin } from './admin/admin';
import { type AdminAt, assembleAdmin } from './admin/assemble';
import { assembleTracing, type Environment, type Tracing } from './admin/tracing/assemble';
import { ListenFailure } from './base/listen-failure';
import type { World } from './base/world';
import { createTable } from './commands/all';
import { clientText } from './commands/causer';
import type { Config, Loaded } from './config';
import { Engine, type EngineLimits } from './engine/engine';
import { familiesOf, refreshAheadOf } from './engine/families-of';
import type { Probe } from './engine/probe';
import { Probes } from './engine/probes';
import { Epochs } from './invalidation/epochs';
import { Graph } from './invalidation/graph';
import { RULE_LIMITS, RuleBook, type RuleLimits } from './invalidation/rules/rule-book';
import { Writes } from './invalidation/rules/writes';
import { Tags } from './invalidation/tags';
import { DiskLayer } from './layers/disk/disk-layer';
import { distrustUnused } from './layers/disk/distrust';
import { DiskFailure } from './layers/disk/failure';
import { WriteBudget } from './layers/disk/write-budget';
import { MemoryLayer } from './layers/memory/memory-layer';
import { createLoaders, type Loaders } from './loaders';
import { TemplateReports } from './monitoring/templates';
import type { Endpoint } from './server/listener';
import { ServerNode } from './server/node';
import type { BrokerLimits } from './server/pubsub/broker';
import { Server, type ServerSettings } from './server/server';
import { assembleWarming } from './warming/assemble';
import { assembleLearning } from './warming/learning/assemble';
import type { Learning } from './warming/learning/learning';
import type { Warming } from './warming/warming';

/** An orderly end takes at most this long before what is left unwritten is given up. */
const DRAIN_MS = 4000;
const TOKEN_BYTES = 16;

/** The server could not start; `message` is the one line to show. */
export class StartFailure extends Error {
  override name = 'StartFailure';
}

export interface SidecarParts extends Loaded {
  world: World;
  version: string;
  /** Ends the process (SHUTDOWN, and what cannot go on). */
  exit(code: number): void;
  adminAt?: AdminAt;
  /** OpenTelemetry's variables are read from it. */
  env?: Environment;
}

/** Assembles the house from configuration and world; starts in order, stops in reverse. */
export class Sidecar {
  readonly engine: Engine;
  readonly server: Server;
  readonly warming: Warming;
  readonly learning: Learning;
  /** Null: it is off. */
  readonly admin: Admin | null;
  private readonly node: ServerNode;
  private readonly disk: DiskLayer | null;
  private readonly loaders: Loaders;
  private readonly limits: Limits;
  private stopping: Promise<void> | undefined;
  private isServing = false;
  private readonly tracing: Tracing | null;

  constructor(private readonly parts: SidecarParts) {
    const { config, world } = parts;
    this.limits = limitsOf(config);
    this.disk = config.disk ? openDisk(parts) : null;
    this.loaders = createLoaders(parts.sources, parts.templates.list, {
      scheduler: world.scheduler,
      sizeBytesMax: () => config.maxValueSize,
      log: world.log,
    });
    const probes = new Probes();
    this.engine = buildEngine(parts, this.disk, this.loaders, probes, () => this.server);
    this.warming = assembleWarming({ ...parts, engine: this.engine, loaders: this.loaders });
    this.learning = assembleLearning({ ...parts, engine: this.engine, probes, queue: this.warming.queue });
    this.node = new ServerNode({
      settings: parts.settings,
      alerts: parts.alerts,
      world,
      engine: this.engine,
      warming: this.warming,
      learning: this.learning,
      probes,
      templates: new TemplateReports({ ...parts, config }),
      server: () => this.server,
      version: parts.version,
      configFile: parts.file,
      shutdown: (save) => this.shutdown(save),
    });
    this.server = new Server({
      world,
      engine: this.engine,
      table: this.node.watched(createTable()),
      node: this.node,
      limits: this.limits,
      passwordRequired: () => config.requirepass !== '',
      settings: () => serverSettings(parts),
      brokerLimits: limitsOfBroker(config),
      commitFailed: (failure) => this.commitFailed(failure),
      turnTook: (ms) => this.node.admin.watch.turnTook(ms),
    });
    this.engine.core.durabilityChanged = (isDurable) => this.durabilityChanged(isDurable);
    const { measuring: monitoring, reports, slowLog } = this.node.admin;
    const house = {
      ...{ ...parts, engine: this.engine, warming: this.warming, probes, monitoring, reports, slowLog, later: {} },
      clients: () => this.server.clients,
      isServing: () => this.isServing,
    };
    this.admin = assembleAdmin(house, parts.adminAt);
    this.tracing = assembleTracing(house, parts.env ?? {});
    this.follow();
  }

  async start(): Promise<void> {
    const { world, config, version } = this.parts;
    const [problem] = await this.loaders.problems();
    if (problem !== undefined) {
      await this.loaders.close();
      throw new StartFailure(problem);
    }
    try {
      // The address first: a second server on it must leave this one's files alone.
      await this.server.listen(endpointsOf(this.parts));
      await this.admin?.listen();
      if (this.disk === null) distrustUnused(config.dir, world.log);
      await this.engine.openDisk();
      await this.warming.open(this.engine.core.disk);
      await this.learning.open();
    } catch (failure) {
      await this.admin?.close();
      await this.tracing?.close();
      await this.server.stop();
      await this.disk?.close(false).catch(() => undefined);
      if (failure instanceof ListenFailure || failure instanceof DiskFailure) throw new StartFailure(failure.message);
      throw failure;
    }
    this.engine.start();
    this.node.start();
    this.server.serve();
    this.isServing = true;
    this.admin?.serve();
    const [port = 0] = this.server.ports;
    world.log.info({ port, bind: config.bind, disk: config.disk, version }, 'ready');
  }

  /** Ends in order, once; `save` writes what waits for the disk. */
  stop(save = true): Promise<void> {
    this.stopping ??= this.stopNow(save);
    return this.stopping;
  }

  private async stopNow(save: boolean): Promise<void> {
    this.isServing = false;
    await this.admin?.close();
    this.node.stop();
    this.warming.close();
    await this.server.stop();
    if (save) await this.learning.close();
    const drained = await this.engine.stop(save ? DRAIN_MS : 0);
    if (save && !drained)
      this.parts.world.log.warn({ rows: this.engine.writeBehind.length }, 'not all rows reached the disk in time');
    await this.disk?.close(true);
    await this.loaders.close();
    await this.tracing?.close();
    this.parts.world.log.info({}, 'stopped');
  }

  /** SHUTDOWN. */
  private shutdown(save: boolean): void {
    const { world, exit } = this.parts;
    world.log.info({}, 'a client asked for the end');
    this.stop(save).then(
      () => exit(0),
      (failure: unknown) => {
        world.log.error({ err: failure }, 'could not stop in order');
        exit(1);
      },
    );
  }

  private commitFailed(failure: unknown): void {
    this.parts.world.log.error(
      { err: failure },
      'what was asked could not be made durable: this turn of clients was told so',
    );
  }

  private durabilityChanged(isDurable: boolean): void {
    const { log } = this.parts.world;
    if (isDurable) log.warn({}, 'the file of the disk layer is gone at last: writes are answered again');
    else log.error({}, 'the file of the disk layer can be neither used nor removed: writes are answered with MISCONF');
    this.server.setDurable(isDurable);
  }

  /** Settings that take effect while running. */
  private follow(): void {
    const { settings } = this.parts;
    const { memory } = this.engine.core;
    settings.onChange('maxmemory', (bytes) => memory.setMaxMemory(bytes));
    settings.onChange('maxmemory-policy', (name) => memory.setPolicy(name));
    const changed = () => {
      Object.assign(this.limits, limitsOf(this.parts.config));
      this.server.reconfigure();
    };
    for (const [name] of settings.entries()) settings.onChange(name as 'port', changed);
  }
}

function openDisk({ config, world }: SidecarParts): DiskLayer {
  return new DiskLayer({
    dir: config.dir,
    durability: config.durability,
    ...(config.journalDir !== 'auto' && { journalDir: config.journalDir }),
    journalBytesMax: config.journalMaxBytes,
    diskBytesMax: config.diskMaxBytes,
    world,
  });
}

function buildEngine(
  { config, templates, sources, rules, world }: SidecarParts,
  disk: DiskLayer | null,
  loaders: Loaders,
  probe: Probe,
  server: () => Server,
): Engine {
  const seed = randomBytes(4).readInt32LE();
  const epochs = new Epochs((end) => {
    disk?.reserveEpochs(end);
    epochs.saved(end);
  });
  const engine: Engine = new Engine({
    world,
    seed,
    disk,
    epochs,
    commandsServed: () => server().counters.commandsProcessed,
    clientText: (id) => {
      const client = server().clients.byId(id);
      return client && clientText(client);
    },
    loopUtilization: loopUtilization(),
    memory: new MemoryLayer({
      maxMemoryBytes: config.maxmemory,
      policy: config.maxmemoryPolicy,
      seed,
      random: world.random,
      clock: world.clock,
      onLeave: (slot, reason) => engine.core.forget(slot, reason),
    }),
    tags: new Tags(seed, {
      tagBytesMax: config.tagSizeMax,
      tagsPerEntryMax: config.tagsPerEntryMax,
      tagsMax: config.tagsMax,
    }),
    graph: new Graph(seed, { edgesMax: config.dependencyEdgesMax }),
    families: familiesOf(
      templates,
      loaders,
      { diskMinTtlMs: () => config.diskMinTtlMs, diskMaxValueBytes: () => config.diskMaxValueSize },
      sources,
    ),
    rules: rulesOf(rules, config),
    probe,
    whyKeysMax: config.whyKeysMax,
    newToken: () => randomBytes(TOKEN_BYTES).toString('hex'),
    ...limitsOfEngine(config),
  });
  return engine;
}

function rulesOf({ rules, writes }: SidecarParts['rules'], config: Config) {
  const book = new RuleBook(limitsOfRules(config));
  for (const rule of rules) book.add(rule, 'config');
  return { book, writes: new Writes(writes) };
}

function limitsOfRules(config: Config): RuleLimits {
  return {
    get rulesMax() {
      return config.rulesMax;
    },
    get patternsMax() {
      return config.rulePatternsMax;
    },
    get triesMax() {
      return config.ruleTriesMax;
    },
    get depthMax() {
      return config.ruleDepthMax;
    },
    get expansionTagsMax() {
      return config.ruleExpansionMax;
    },
    matchedBytesMax: RULE_LIMITS.matchedBytesMax,
    tagBytesMax: config.tagSizeMax,
  };
}

/** Read from the settings each time, so that CONFIG SET takes effect at once. */
function limitsOfEngine(config: Config): EngineLimits {
  return {
    fillLimits: {
      get loadsMax() {
        return config.loadConcurrencyMax;
      },
      get waitersMax() {
        return config.loadWaitersMax;
      },
      get deadlineMs() {
        return config.hardTimeoutMs;
      },
      get defaultTtlMs() {
        return config.defaultTtlMs;
      },
      get sourceCallsMax() {
        return config.sourceCallsMax;
      },
      get batchWaitMs() {
        return config.loadBatchWaitMs;
      },
      get softTimeoutMs() {
        return config.softTimeoutMs;
      },
      get refreshAhead() {
        return refreshAheadOf(config.refreshAhead);
      },
      get negativeTtlMs() {
        return config.negativeTtlMs;
      },
      negativeKeysMax: config.negativeKeysMax,
      validatorsMax: config.validatorsMax,
      get breakerFailures() {
        return config.breakerFailures;
      },
      get breakerRetryMs() {
        return config.breakerRetryMs;
      },
      get breakerRetryMaxMs() {
        return config.breakerRetryMaxMs;
      },
      get backOffMs() {
        return config.loadBackOffMs;
      },
      get backOffMaxMs() {
        return config.loadBackOffMaxMs;
      },
      get quietShare() {
        return config.quietShare;
      },
    },
    writeLimits: {
      get keyBytesMax() {
        return config.maxKeySize;
      },
      get valueBytesMax() {
        return config.maxValueSize;
      },
    },
    typeLimits: {
      get hashEntries() {
        return config.hashMaxListpackEntries;
      },
      get hashValueBytes() {
        return config.hashMaxListpackValue;
      },
      get zsetEntries() {
        return config.zsetMaxListpackEntries;
      },
      get zsetValueBytes() {
        return config.zsetMaxListpackValue;
      },
      get intsetEntries() {
        return config.setMaxIntsetEntries;
      },
    },
    writeBehindLimits: {
      get queueMax() {
        return config.diskQueueEntriesMax;
      },
      get minTtlMs() {
        return config.diskMinTtlMs;
      },
      get maxValueBytes() {
        return config.diskMaxValueSize;
      },
      get maxCollectionBytes() {
        return config.diskMaxCollectionSize;
      },
    },
    leaseLimits: {
      get leasesMax() {
        return config.leasesMax;
      },
      get waitersMax() {
        return config.leaseWaitersMax;
      },
      get ttlMaxMs() {
        return config.leaseTtlMaxMs;
      },
      get ttlMs() {
        return config.leaseTtlMs;
      },
    },
    fenceLimits: {
      get keysMax() {
        return config.fenceKeysMax;
      },
    },
    gatherLimits: {
      get windowMs() {
        return config.invalidateWindowMs;
      },
      get queueMax() {
        return config.invalidateQueueMax;
      },
    },
    writeBudget: new WriteBudget({
      get rowsPerSecondMax() {
        return config.diskWriteRowsPerSecondMax;
      },
      get rowsPerSecondMin() {
        return config.diskWriteRowsPerSecondMin;
      },
      get bytesPerSecondMax() {
        return config.diskWriteBytesPerSecondMax;
      },
    }),
  };
}

/** Share of the time since the last call that the event loop was busy. */
function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

function limitsOf(config: Config): Limits {
  return { ...DEFAULT_LIMITS, argBytesMax: config.protoMaxBulkLen, queryBytesMax: config.clientQueryBufferLimit };
}

function serverSettings({ config }: SidecarParts): ServerSettings {
  return {
    maxClients: config.maxclients,
    protectedMode: config.protectedMode,
    deadlines: {
      idleMs: config.timeoutMs,
      requestMs: config.requestDeadlineMs,
      authMs: config.authDeadlineMs,
    },
    outputPauseBytes: config.clientOutputPauseSize,
    output: {
      hardBytes: config.clientOutputBufferLimitHard,
      softBytes: config.clientOutputBufferLimitSoft,
      softMs: config.clientOutputBufferLimitSoftSeconds * 1000,
    },
    subscriberOutput: {
      hardBytes: config.clientOutputBufferLimitPubsubHard,
      softBytes: config.clientOutputBufferLimitPubsubSoft,
      softMs: config.clientOutputBufferLimitPubsubSoftSeconds * 1000,
    },
    trackedKeysMax: config.trackingTableMaxKeys,
    keepAliveMs: config.tcpKeepaliveMs,
  };
}

/** Read from the settings each time. */
function limitsOfBroker(config: Config): BrokerLimits {
  return {
    get perClientMax() {
      return config.pubsubClientSubscriptionsMax;
    },
    get totalMax() {
      return config.pubsubSubscriptionsMax;
    },
    get nameBytesMax() {
      return config.maxKeySize;
    },
  };
}

function endpointsOf({ config }: SidecarParts): Endpoint[] {
  const backlog = config.tcpBacklog;
  const endpoints: Endpoint[] = config.bind.map((host) => ({ host, port: config.port, backlog }));
  if (config.unixsocket !== '') {
    endpoints.push({
      path: config.unixsocket,
      backlog,
      ...(config.unixsocketperm !== 0 && { mode: config.unixsocketperm }),
    });
  }
  return endpoints;
}
