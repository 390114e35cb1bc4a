import type { LoadItem, LoadResult } from '../loaders/loader';

/**
 * Key templates as the engine sees them: what the configuration says about the family a key belongs to. Keys and tags are
 * latin1 strings.
 */
export interface Family {
  /** The template's pattern: its name in statistics. */
  readonly name: string;
  /** Tags that every entry of this key carries. */
  readonly tags: readonly string[];
  /** Keys that every value of this key is made from. */
  readonly dependsOn: readonly string[];
  /** For loaded values; 0: the default-ttl setting. */
  readonly ttlMs: number;
  /** Share of the TTL, 0 to 1, that is spread at random. */
  readonly jitter: number;
  /** How long a value is kept once it is stale, for whatever purpose; absent or 0: not at all. */
  readonly graceMs?: number;
  readonly onDisk: boolean;
  /** Rows with less to live are not written to disk. */
  readonly diskMinTtlMs: number;
  readonly diskMaxValueBytes: number;
  /** A plain SET is judged as a fill too. */
  readonly fence: boolean;
  readonly load: FamilyLoad | null;
}

/** How one key of a family is loaded. */
export interface FamilyLoad {
  /** The source's name in the configuration. */
  readonly source: string;
  /** The template's number: keys of one template may travel in one call. */
  readonly template: number;
  readonly item: LoadItem;
  /** Keys of one call; 1: each on its own. */
  readonly batchKeysMax: number;
  /** Absent: the settings hold. */
  readonly staleness?: Staleness;
  /** Loads `item`. `validator`: of the value that is there. */
  one(call: LoadCall, validator?: string): Promise<LoadResult>;
  /** For keys of this template, in their order. Only where `batchKeysMax` is above 1. */
  many(items: readonly LoadItem[], call: LoadCall): Promise<LoadResult[]>;
}

export interface LoadCall {
  /** From now. */
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

export type Loaded = LoadResult;

/**
 * What a template says about values that get old; undefined: what the setting of that name says. Times are milliseconds.
 */
export interface Staleness {
  /** So long after its expiry a value may stand in for a load that fails; undefined: as long as its grace. */
  readonly staleIfErrorMs?: number | undefined;
  /** Who could have a stale value waits for the new one at most so long. */
  readonly softTimeoutMs?: number | undefined;
  /** Deadline of a whole load. */
  readonly hardTimeoutMs?: number | undefined;
  readonly refreshAhead?: RefreshAhead | undefined;
  /** How long "there is no such thing" is remembered; 0: not at all. */
  readonly negativeTtlMs?: number | undefined;
  /** Bounds of the time to live, where it follows how often the value changes; both, or it does not. */
  readonly refreshMinMs?: number | undefined;
  readonly refreshMaxMs?: number | undefined;
}

/**
 * When a value that is still wanted is loaded anew before it is stale. `share`: of its time to live, 0 to 1. `early`: at
 * random, the likelier the nearer its end and the dearer its load.
 */
export type RefreshAhead =
  | { readonly kind: 'off' }
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'early' };

/** A source of the configuration. */
export interface FamilySource {
  readonly name: string;
  readonly kind: 'http' | 'sql' | 'module';
  /** Absent: what the settings say. Calls at once; failures that open the breaker, and how long. */
  readonly callsMax?: number | undefined;
  readonly callsPerSecondMax?: number | undefined;
  readonly breakerFailures?: number | undefined;
  readonly breakerRetryMs?: number | undefined;
}

export interface Families {
  /** False: no template is configured at all. */
  readonly any: boolean;
  /** Those that are named in the configuration; one that is not is met with its first load. */
  readonly sources?: readonly FamilySource[];
  match(key: string): Family | null;
}

export const NO_FAMILIES: Families = { any: false, match: () => null };
