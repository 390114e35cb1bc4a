import type { Bytes } from '../base/bytes';
import type { RuleSpec } from '../base/patterns/tag-rule';
import type { Collection } from '../types/collection';
import type { Kind, Kinds } from '../types/kinds';
import type { Notices } from './notices';
import type { Transacting } from './transacting';

/**
 * What commands may ask of the engine. The engine knows no wire: keys and values are `Bytes`, results are return values,
 * and what cannot be answered from memory is a Promise (use `whenReady`, or `ctx.when` in commands). Databases are the
 * numbers that clients SELECT.
 *
 * Every Bytes given is only read during the call, unless the call returns a Promise: then it must stay valid until that
 * promise settles (sessions copy the request when a command waits).
 */

/** A live entry's handle, good until the next call that changes anything. 0: there is no live entry. */
export type Slot = number;

/** A value to read at once: a view into memory that the next change may reuse. */
export interface Value extends Bytes {
  type: number;
}

/** How a command changes a collection. */
export interface Change {
  /** Make one where there is none. */
  readonly create: boolean;
  /** Bytes it may add, about; 0: it only takes away, and is not refused when memory is full. */
  readonly addsBytes: number;
  /** Who changes it, as WHY of what dies with it shows. */
  readonly client?: number;
}

/** Hashes, sets, sorted sets, lists. Any of these throws WRONGTYPE, or rejects with it, if the key is of another type. */
export interface CollectionsApi {
  /** To be read, not changed; a view when at once, on its own feet when promised. Counted as a hit or a miss. */
  find<K extends Kind>(db: number, key: Bytes, kind: K): Kinds[K] | null | Promise<Kinds[K] | null>;
  /** Several at once, each of one of the kinds, in the order of the keys. */
  findMany<K extends Kind>(
    db: number,
    keys: readonly Bytes[],
    kinds: readonly K[],
  ): (Kinds[K] | null)[] | Promise<(Kinds[K] | null)[]>;
  /**
   * Lets `edit` change the live collection; null if there is none and none is made. What is empty afterwards is deleted.
   * `edit` runs in the moment in which the collection is found; what it throws is the outcome. TTL, tags, grace and sources
   * stay; what depends on the key dies.
   */
  change<K extends Kind, R>(
    db: number,
    key: Bytes,
    kind: K,
    change: Change,
    edit: (found: Kinds[K] | null) => R,
  ): R | Promise<R>;
  /** Puts a new collection in place of whatever was there, without its TTL and tags; an empty one deletes. */
  store(db: number, key: Bytes, made: Collection, client?: number): void | Promise<void>;
  /** A new one. */
  empty<K extends Kind>(kind: K): Kinds[K];
  /** Uniform in [0, 1): which elements are picked. */
  random(): number;
  /** OBJECT ENCODING; null of a string, of nothing, or of what is not in memory. */
  encodingOf(slot: Slot): string | null;
}

/** Keep what is there. */
export const KEEP_TTL = -1;

export interface SetOptions {
  /** Clock milliseconds; NEVER (default) for no expiry; KEEP_TTL keeps the old one. */
  expiresAt?: number;
  /** How long the value is kept once it is stale, ms; the key template's otherwise. */
  graceMs?: number;
  /** It is loaded anew if it is read so long before it expires, ms. */
  aheadMs?: number;
  /** Keep the explicit tags, the grace and sources too (INCR, APPEND, SETRANGE); a plain SET drops them. */
  keepTies?: boolean;
  /** Explicit tags, as latin1. The key template's tags are added by the engine. */
  tags?: readonly string[];
  /** Sources bound to this value (TAGSET ... DEPS), as latin1 keys of the same database. */
  sources?: readonly string[];
  /** Epoch when the making of this value began; older than an invalidation of its key or tags means: not stored. */
  fillEpoch?: number;
  /** Who stores: its remembered misses tell when the making of the value began (see `missed`). */
  client?: number;
  /** It is a fill (TAGSET): judged by what its client missed. Without it only where the key's template says `fence: on`. */
  isFill?: boolean;
  /** The lease that the value was made under: a void one means that it is not stored. */
  lease?: string;
  /** The same of a value that is a copy of a live one: not judged again. */
  madeAt?: number;
  type?: number;
}

export interface FetchOptions {
  /** Loads anew: nothing that was read before now will do. */
  fresh?: boolean;
  /** Loads anew what was read longer ago than this, ms. */
  maxAgeMs?: number | undefined;
}

/** What LEASE answers. `token` names the lease, if the client was given it. */
export interface LeaseAnswer {
  readonly state: 'hit' | 'stale' | 'won' | 'wait';
  /** A view when at once, a copy when promised. */
  readonly value: Value | null;
  readonly token: string | null;
}

export interface ScanOptions {
  /** Visits about this many entries a call (default 10). */
  count?: number;
  /** Only keys for which this says yes. The key may not be kept. */
  match?: (key: Bytes) => boolean;
  type?: number;
}

export interface EntryInfo {
  slot: Slot;
  type: number;
  sizeBytes: number;
  expiresAt: number;
  idleSeconds: number;
  hits: number;
  layer: 'memory' | 'disk';
}

/** Who does something that has consequences, and why; latin1. */
export interface Causer {
  client?: string | undefined;
  reason?: string | undefined;
}

/** WHY: fields by name, in order. Keys and tags are latin1, times wall clock ms. */
export type Explanation = (readonly [name: string, value: string | number | readonly string[]])[];

/** What is to be invalidated; all of it shares one epoch. Names are latin1. */
export interface InvalidateRequest {
  tags?: readonly string[];
  /** The database of `keys`. */
  db?: number;
  keys?: readonly Bytes[];
  /** A row was written: its tags follow from the configuration. */
  write?: { type: string; id?: string | undefined; context?: ReadonlyMap<string, string> | undefined };
  /** What has a grace and a loader stays for its grace, and is refreshed by the next read. */
  soft?: boolean;
  /** Changes nothing: reports what would happen. */
  dryRun?: boolean;
  /** Wait until everything dead has left, so that the report is exact. */
  sync?: boolean;
  /** What depends on the dead stays. */
  noCascade?: boolean;
  /** Throws Fault, and nothing changes, if more entries than this would die or become stale. */
  limit?: number | undefined;
  /** With `soft`: entries become stale one by one within this time. */
  staggerMs?: number | undefined;
  reason?: string | undefined;
  /** Who asked, as WHY shows it. */
  client?: string | undefined;
}

export interface InvalidationReport {
  /** 0 for a dry run. */
  epoch: number;
  /** Distinct entries that died or became stale, dependents included. Of several tags with very many entries: at most. */
  invalidated: number;
  /** False: figures by layer, bytes and reload time are extrapolated from a sample. */
  exact: boolean;
  /** Those of `invalidated` that became stale. */
  soft: number;
  /** What rests in both layers counts in both. */
  byLayer: { memory: number; disk: number };
  /** Entries that carried the tag; one with two tags counts in both. */
  byTag: ReadonlyMap<string, number>;
  /** Those of `invalidated` that depended on something. */
  cascaded: number;
  /** Names of the rules that fired. */
  rules: readonly string[];
  bytes: number;
  /** What loading it all again will cost the origin. */
  reloadUs: number;
  dryRun: boolean;
  tookUs: number;
}

/** RULE LIST: a rule as it was given, and what it did. Texts are latin1. */
export interface RuleInfo extends RuleSpec {
  /** Placeholders that only a write's CONTEXT can fill. */
  contextNames: readonly string[];
  source: 'config' | 'command';
  fired: number;
  invalidated: number;
  skipped: number;
  changed: number;
  unchanged: number;
}

/** DEPLIST: one row an edge, breadth first. */
export interface Dependency {
  key: string;
  depth: number;
  /** The key that `key` was reached from. */
  via: string;
}

export interface EngineApi {
  // --- reading -------------------------------------------------------------------------------------------------------

  /** GET: counts the hit or miss, touches the entry, reads through disk and loader. */
  get(db: number, key: Bytes): Value | null | Promise<Value | null>;
  /** GET without a loader and without counting (what a command that changes a value needs). */
  getRaw(db: number, key: Bytes): Value | null | Promise<Value | null>;
  /**
   * MGET: values in the order of keys; views when at once, copies when promised. Rejects if a load failed; with `spare` that
   * key is null, as long as there is an answer for another one.
   */
  getMany(db: number, keys: readonly Bytes[], spare?: boolean): (Value | null)[] | Promise<(Value | null)[]>;
  /** The live entry, wherever its value rests. Neither counted nor touched. */
  locate(db: number, key: Bytes): Slot | Promise<Slot>;
  /** As locate, for many: how many of them live (repeats count again). */
  countLive(db: number, keys: readonly Bytes[], touch: boolean): number | Promise<number>;
  /** Clock milliseconds, or NEVER; now, if it is stale. */
  expiresAt(slot: Slot): number;
  typeOf(slot: Slot): number;
  /** Value bytes. */
  lengthOf(slot: Slot): number;
  info(slot: Slot): EntryInfo;
  /** Live entries of the database. */
  size(db: number): number | Promise<number>;
  /** Live entries with an expiry, and their mean time to live in ms. For INFO keyspace. */
  expiring(db: number): { keys: number; avgTtlMs: number };
  /** SCAN: calls `each` for live keys; returns the next cursor, '0' at the end. Throws Fault on a bad cursor. */
  scan(db: number, cursor: string, options: ScanOptions, each: (key: Bytes) => void): string | Promise<string>;
  /** All live keys that match, copied. In slices, so it is a promise when there are many. */
  keys(db: number, match: (key: Bytes) => boolean): Buffer[] | Promise<Buffer[]>;
  randomKey(db: number): Buffer | null | Promise<Buffer | null>;

  // --- writing: a client's write of a key kills what depends on it ------------------------------------------------

  /** Stores. False if fenced (fillEpoch, lease, a remembered miss). Throws Fault (OOM) when memory is full and nothing may be evicted. */
  set(db: number, key: Bytes, value: Bytes, options?: SetOptions): boolean;
  /** Whether there was a live entry. `client`: who asks, for WHY of what depends on it. */
  remove(db: number, key: Bytes, client?: number): boolean | Promise<boolean>;
  removeMany(db: number, keys: readonly Bytes[], client?: number): number | Promise<number>;
  /**
   * Sets (or with NEVER clears) the expiry of a live entry; a moment not after now deletes it. Waits for an entry whose
   * value rests on disk: reply when it is done.
   */
  expire(db: number, slot: Slot, expiresAt: number): void | Promise<void>;
  /** Copies value, TTL, tags and sources. False without source; with `replace` false also if the target lives. */
  copy(fromDb: number, from: Bytes, toDb: number, to: Bytes, replace: boolean): boolean | Promise<boolean>;
  /** As copy, and removes the source. 'missing' | 'exists' | 'ok'. */
  rename(
    fromDb: number,
    from: Bytes,
    toDb: number,
    to: Bytes,
    replace: boolean,
  ): 'missing' | 'exists' | 'ok' | Promise<'missing' | 'exists' | 'ok'>;
  flush(db?: number, by?: Causer): void | Promise<void>;
  swap(a: number, b: number): void;
  /** Touches (LRU) what lives; how many. */
  touch(db: number, keys: readonly Bytes[]): number | Promise<number>;

  readonly collections: CollectionsApi;

  // --- tags, dependencies, invalidation --------------------------------------------------------------------------

  /** The epoch now: note it when the making of a value begins, give it back as fillEpoch. */
  readonly epoch: number;
  /** Tags newly added; -2 no key, -1 the entry died because a tag was invalidated after its fill began. */
  tagAdd(db: number, key: Bytes, tags: readonly string[]): number | Promise<number>;
  /** Tags taken off; -2 no key. */
  tagRemove(db: number, key: Bytes, tags: readonly string[]): number | Promise<number>;
  /** Sorted; null if there is no such key. */
  tagsOf(db: number, key: Bytes): string[] | null | Promise<string[] | null>;
  /** Live keys of the database that carry the tag; next cursor, '0' at the end. */
  tagKeys(db: number, tag: string, cursor: string, count: number): [string, Buffer[]] | Promise<[string, Buffer[]]>;
  /** INVAL. Throws Fault, or rejects with it, if the limit is exceeded. */
  invalidate(request: InvalidateRequest): InvalidationReport | Promise<InvalidationReport>;
  /** Hard. Distinct live entries that died, with what rules add and what depends on them. All databases. */
  invalidateTags(tags: readonly string[], by?: Causer): number | Promise<number>;
  /** A row was written: the tags that `writes` names, as `invalidateTags`; `context` fills placeholders. Latin1. */
  invalidateWrite(
    type: string,
    id: string | undefined,
    context: ReadonlyMap<string, string>,
    by?: Causer,
  ): number | Promise<number>;
  /** Adds a rule, or replaces it. Throws Fault, naming it, if it is wrong or from the configuration. */
  ruleAdd(rule: RuleSpec): void;
  /** Whether there was such a rule. Throws Fault if it is from the configuration. */
  ruleDelete(name: string): boolean;
  /** In the order they were added. */
  rules(): RuleInfo[];
  /** Hard. Entries that died, with all that depends on them. */
  invalidateKeys(db: number, keys: readonly Bytes[], by?: Causer): number | Promise<number>;
  /** New edges. Throws Fault naming the cycle. */
  dependencyAdd(db: number, key: Bytes, sources: readonly Bytes[]): number;
  /** Edges removed; without sources, all of the key's. */
  dependencyRemove(db: number, key: Bytes, sources: readonly Bytes[]): number;
  dependencies(db: number, key: Bytes, direction: 'up' | 'down', depth: number): Dependency[];

  /** Where a live entry is and what it hangs on, or what became of a lost one. Neither counted nor touched. */
  why(db: number, key: Bytes): Explanation | Promise<Explanation>;
  // --- leases and fences -------------------------------------------------------------------------------------------

  /** The client was told that the key is not there: a fill by it that comes within 10 s began now. */
  missed(client: number, db: number, key: Bytes): void;
  /**
   * The value; or the lease to compute it; or, with `waitMs`, whichever comes first. `ttlMs` undefined: the default. Throws
   * Fault at a limit.
   */
  lease(
    client: number,
    db: number,
    key: Bytes,
    ttlMs: number | undefined,
    waitMs: number,
  ): LeaseAnswer | Promise<LeaseAnswer>;
  /** The client is gone: its leases end, its misses are forgotten. */
  clientGone(client: number): void;

  // --- filling ------------------------------------------------------------------------------------------------------

  /** The value through the key's loader. Throws Fault, or rejects with it, without a loader and when the load fails. */
  fetch(db: number, key: Bytes, asked: FetchOptions): Value | null | Promise<Value | null>;

  // --- transactions, and who wants to be told of changes -----------------------------------------------------------

  readonly transacting: Transacting;
  readonly notices: Notices;
}
