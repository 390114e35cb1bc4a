import type { LatencyLog } from '../monitoring/latency-log';
import type { Reports } from '../monitoring/reports';
import type { SlowLog } from '../monitoring/slow-log';
import type { TemplateReports } from '../monitoring/templates';
import type { LogLevel } from '../scripting/redis-library';
import type { Scripts } from '../scripting/scripts';
import type { Warming } from '../warming/warming';
import type { Client } from './context';
import type { Hub } from './pubsub/hub';
import type { TrackingTable } from './server/client/tracking-state';

/**
 * What commands need of the server around them. Narrow on purpose; the sidecar puts the implementations together, and
 * further commands add their own interfaces here.
 */

/** Settings by their name in the configuration. */
export interface Settings {
  /** Current value as CONFIG GET shows it; undefined if there is no such setting. */
  get(name: string): string | undefined;
}

export interface Security {
  /** False: every client is the default user, and any password is right for it. */
  readonly passwordRequired: boolean;
  /** Latin1. In constant time. */
  authenticate(user: string, password: string): boolean;
}

/** All settings, for CONFIG. What the configuration does not allow is thrown as SettingRefused. */
export interface Configuration {
  /** Names and values as CONFIG GET shows them. */
  entries(): [name: string, value: string][];
  /** All or none. */
  setMany(pairs: readonly (readonly [name: string, value: string])[]): void;
  rewrite(): void;
}

/** Keeps a transaction that has to wait in its middle alone: nobody else is served meanwhile. */
export interface Exclusion {
  begin(client: Client): void;
  end(client: Client): void;
}

/** Bounds of what a client may pile up in a transaction. */
export interface TransactionLimits {
  readonly commandsMax: number;
  readonly queueBytesMax: number;
  readonly watchedKeysMax: number;
}

/** What CLIENT REPLY says of a connection's replies; 'skip': the next command's is not sent. */
export type ReplyMode = 'on' | 'off' | 'skip';

/** One connection, as commands of other connections see it. */
export interface ConnectedClient extends Client {
  /** Commands run so far. */
  readonly commands: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes of requests that are not run yet. */
  readonly queryBytes: number;
  /** Bytes of replies that the kernel did not take yet. */
  readonly outputBytes: number;
  /** For a disk, an origin or background work. */
  readonly isWaiting: boolean;
  replyMode: ReplyMode;
}

/** All connections, by id and in the order they came. */
export interface ClientRegistry extends Iterable<ConnectedClient> {
  byId(id: number): ConnectedClient | undefined;
}

/** What the server group needs: reports, logs, connections, and the life of the node. */
export interface Administration {
  readonly configuration: Configuration;
  readonly clients: ClientRegistry;
  readonly reports: Reports;
  readonly slowLog: SlowLog;
  readonly latency: LatencyLog;
  /** Clock milliseconds of the last save; the start if there was none. */
  readonly savedAtMs: number;
  /** Writes what waits for the disk; one at a time. False if it did not get there in time. */
  save(): Promise<boolean>;
  /** Begins the end of the process; with `save` what waits for the disk is written before. */
  shutdown(save: boolean): void;
}

/** What was learned of users. */
export interface UserLearning {
  /** Queues loads of what the user (latin1) will probably ask for in the database: how many keys, at most `max`. */
  warmUser(db: number, user: string, max: number): number;
}

export interface Node {
  /** The version of Redis that clients go by, as in INFO's redis_version. */
  readonly version: string;
  /** Databases are 0 to databases - 1. */
  readonly databases: number;
  /** Longest value and argument. */
  readonly valueBytesMax: number;
  readonly settings: Settings;
  readonly security: Security;
  readonly admin: Administration;
  readonly warming: Warming;
  readonly learning: UserLearning;
  readonly exclusion: Exclusion;
  readonly transactionLimits: TransactionLimits;
  readonly scripts: Scripts;
  /** redis.log of a script. */
  scriptLogged(level: LogLevel, message: string): void;
  readonly hub: Hub;
  readonly tracking: TrackingTable;
  readonly templates: Pick<TemplateReports, 'list' | 'test'>;
  /** DEBUG SLEEP: resolves after `ms`; only the connection that asked waits. */
  sleep(ms: number): Promise<void>;
  /** A command threw what is no Fault: logged with its stack, counted. */
  broken(command: string, failure: unknown): void;
  /** An error reply was written; `line` is without '-'. */
  errorReplied(command: string, line: string): void;
  /** Somebody spoke HTTP and was cut off: logged at most once a minute, counted. */
  httpRefused(address: string): void;
}
