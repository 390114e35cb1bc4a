import { hostname } from 'node:os';
import type { World } from '../base/world';
import type { Table } from '../commands/framework/table';
import type { Exclusion, Node, TransactionLimits } from '../commands/node';
import type { Hub } from '../commands/pubsub/hub';
import type { TrackingTable } from '../commands/server/client/tracking-state';
import type { AlertSections, Settings } from '../config';
import type { Engine } from '../engine/engine';
import type { Probes } from '../engine/probes';
import type { Identity } from '../monitoring/sources';
import type { TemplateReports } from '../monitoring/templates';
import type { LogLevel } from '../scripting/redis-library';
import { Scripts } from '../scripting/scripts';
import type { Learning } from '../warming/learning/learning';
import type { Warming } from '../warming/warming';
import { ServerAdministration } from './administration';
import { processFacts } from './process-facts';
import { PasswordSecurity } from './security';
import type { Server } from './server';

/** Redis's version that we answer for: clients choose commands by it (client-side caching asks for 7.4). */
const REDIS_VERSION = '7.4.0';
/** Somebody's HTTP is logged once in this time. */
const HTTP_LOG_MS = 60_000;
const RUN_ID_BYTES = 20;
/** A script's message is logged so far. */
const SCRIPT_LOG_CHARS_MAX = 1024;

export interface NodeParts {
  settings: Settings;
  world: World;
  engine: Engine;
  /** Who hears of what the engine does. */
  probes: Probes;
  warming: Warming;
  learning: Learning;
  templates: TemplateReports;
  /** Built after the node, which it needs; asked for only once something is served. */
  server: () => Server;
  /** What alerts are about, and who is told. */
  alerts: AlertSections;
  /** Larder's own. */
  version: string;
  /** Absolute; undefined without one. */
  configFile: string | undefined;
  /** Begins an orderly end of the process; `save`: write what waits for the disk. */
  shutdown: (save: boolean) => void;
}

/** What commands see of the server around them. */
export class ServerNode implements Node {
  readonly version = REDIS_VERSION;
  readonly databases: number;
  readonly security: PasswordSecurity;
  readonly admin: ServerAdministration;
  readonly warming: Warming;
  readonly learning: Learning;
  readonly transactionLimits: TransactionLimits;
  readonly templates: TemplateReports;
  readonly scripts: Scripts;
  readonly settings = { get: (name: string) => this.setting(name) };
  private httpQuietUntilMs = 0;

  constructor(private readonly parts: NodeParts) {
    this.databases = parts.settings.config.databases;
    this.warming = parts.warming;
    this.transactionLimits = transactionLimits(parts.settings);
    this.scripts = scriptsOf(parts);
    this.security = new PasswordSecurity(parts.settings);
    this.learning = parts.learning;
    this.templates = parts.templates;
    this.admin = new ServerAdministration({ ...parts, identity: identityOf(parts), process: processFacts() });
  }

  get exclusion(): Exclusion {
    return this.parts.server().exclusion;
  }
  get hub(): Hub {
    return this.parts.server().broker;
  }
  get tracking(): TrackingTable {
    return this.parts.server().tracking;
  }

  get valueBytesMax(): number {
    const { maxValueSize, protoMaxBulkLen } = this.parts.settings.config;
    return Math.min(maxValueSize, protoMaxBulkLen);
  }

  /** The commands to serve: the same, counted and timed. */
  watched(table: Table): Table {
    return this.admin.watch.table(table);
  }

  start(): void {
    this.admin.start();
  }

  stop(): void {
    this.admin.stop();
  }

  sleep(ms: number): Promise<void> {
    return new Promise((done) => this.parts.world.scheduler.after(ms, done));
  }

  broken(command: string, failure: unknown): void {
    this.admin.errors.broken++;
    this.parts.world.log.error({ err: failure, command }, 'a command failed in a way that it should not');
  }

  errorReplied(command: string, line: string): void {
    this.admin.errors.add(line);
    this.admin.watch.counts.errored(command, line);
  }

  httpRefused(address: string): void {
    const { clock, log } = this.parts.world;
    if (clock.now < this.httpQuietUntilMs) return;
    this.httpQuietUntilMs = clock.now + HTTP_LOG_MS;
    log.warn({ address }, 'a client spoke HTTP on the Redis port and was cut off');
  }

  scriptLogged(level: LogLevel, message: string): void {
    const { log } = this.parts.world;
    const fields = { script: message.slice(0, SCRIPT_LOG_CHARS_MAX) };
    if (level === 'warning') log.warn(fields, 'a script says');
    else if (level === 'notice') log.info(fields, 'a script says');
    else log.debug(fields, 'a script says');
  }

  private setting(name: string): string | undefined {
    return this.parts.settings.entries().find(([each]) => each === name)?.[1];
  }
}

function identityOf({ settings, world, version, configFile }: NodeParts): Identity {
  const byte = () => Math.floor(world.random() * 256);
  return {
    redisVersion: REDIS_VERSION,
    larderVersion: version,
    runId: Buffer.from(Array.from({ length: RUN_ID_BYTES }, byte)).toString('hex'),
    name: settings.config.name || hostname(),
    startedAtMs: world.clock.now,
    configFile: configFile ?? '',
  };
}

function scriptsOf({ settings: { config }, world }: NodeParts): Scripts {
  return new Scripts({
    version: REDIS_VERSION,
    nowMs: () => world.clock.fineMs(),
    heapBytes: () => {
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    },
    timeMsMax: () => config.scriptTimeMaxMs,
    memoryBytesMax: () => config.scriptMemoryMax,
    countMax: () => config.scriptCacheCountMax,
    cacheBytesMax: () => config.scriptCacheSizeMax,
  });
}

/** Read from the settings each time. */
function transactionLimits({ config }: Settings): TransactionLimits {
  return {
    get commandsMax() {
      return config.multiQueueCommandsMax;
    },
    get queueBytesMax() {
      return config.multiQueueSizeMax;
    },
    get watchedKeysMax() {
      return config.watchKeysMax;
    },
  };
}
