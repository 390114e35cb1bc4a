import type { ListTemplate } from '../base/patterns/list-template';
import type { Statement } from '../base/patterns/statement';
import type { TextTemplate } from '../base/patterns/text-template';

/** Sources and loads as the configuration gives them: by shape, as this folder knows no other of its rank. */

export interface SourceBounds {
  /** Deadline of a whole load. */
  readonly timeoutMs: number | undefined;
  readonly connectionsMax: number | undefined;
  /** It reads from a replica that is at most so far behind; 0: it does not. */
  readonly replicaLagMs: number;
}

export interface HttpSourceDefinition extends SourceBounds {
  readonly kind: 'http';
  /** http://host:port/prefix */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What answers mean, by status ("404") or class ("4xx"), where not as usual. */
  readonly status: ReadonlyMap<string, StatusMeaning>;
  readonly cacheControl: boolean;
  readonly compressed: boolean;
  readonly tagsHeader: string | undefined;
  readonly privateAddresses: boolean | readonly string[];
}

export type StatusMeaning = 'value' | 'absent' | 'failure' | 'retry';

export interface SqlSourceDefinition extends SourceBounds {
  readonly kind: 'sql';
  readonly dialect: 'postgres' | 'mysql' | 'sqlite';
  /** Of a server. */
  readonly url: string;
  /** Of SQLite, absolute. */
  readonly file: string;
  readonly password: string | undefined;
}

export type SourceDefinition = HttpSourceDefinition | SqlSourceDefinition;

interface LoadBounds {
  /** Deadline of a whole load, beside the source's. */
  readonly timeoutMs: number | undefined;
  /** Most keys of one call; 1: one key a call. */
  readonly batchKeysMax: number;
}

export interface HttpLoadDefinition extends LoadBounds {
  readonly kind: 'http';
  readonly from: string;
  readonly path: ListTemplate;
  readonly headers: ReadonlyMap<string, TextTemplate>;
  /** The member by which values of a batch are told apart; undefined without a list in `path`. */
  readonly batchKey: string | undefined;
  readonly batchFormat: 'text' | 'json';
}

export interface SqlLoadDefinition extends LoadBounds {
  readonly kind: 'sql';
  readonly from: string;
  /** The query. */
  readonly statement: Statement;
  /** `many`: the value is a JSON array of the rows. */
  readonly rows: 'one' | 'many';
  /** One that has a list is nothing but that list: an array of all keys of a call. */
  readonly params: readonly ListTemplate[];
  readonly list: string | undefined;
  readonly keyColumn: string | undefined;
  readonly ttlColumn: string | undefined;
  readonly tagsColumn: string | undefined;
}

export interface ModuleLoadDefinition extends LoadBounds {
  readonly kind: 'module';
  /** Absolute. */
  readonly module: string;
  readonly threadsMax: number | undefined;
  /** Heap of each thread. */
  readonly memoryBytesMax: number | undefined;
  /** All that it sees of the environment. */
  readonly env: Readonly<Record<string, string>>;
}

export type LoadDefinition = HttpLoadDefinition | SqlLoadDefinition | ModuleLoadDefinition;

/** As much of a key template as a loader needs. */
export interface LoadingTemplate {
  readonly index: number;
  readonly load: LoadDefinition | undefined;
}
