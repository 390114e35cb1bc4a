import { type Bytes, copyOf, latin1Of } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import type { RuleSpec } from '../../src/base/patterns/tag-rule';
import type { Clock } from '../../src/base/world';
import type {
  Dependency,
  EngineApi,
  EntryInfo,
  Explanation,
  InvalidateRequest,
  InvalidationReport,
  LeaseAnswer,
  RuleInfo,
  ScanOptions,
  SetOptions,
  Slot,
  Value,
} from '../../src/engine/api';
import { KEEP_TTL } from '../../src/engine/api';
import { MISS_MEMORY_MS } from '../../src/engine/misses';
import { type Context, NO_CONTEXT } from '../../src/invalidation/rules/expansion';
import { RuleBook } from '../../src/invalidation/rules/rule-book';
import { NEVER, TYPE_STRING } from '../../src/layers/layer';
import { PlainCollections } from './plain-collections';

interface Entry {
  slot: Slot;
  key: string;
  value: Buffer;
  type: number;
  expiresAt: number;
  tags: Set<string>;
  sources: Set<string>;
  usedAt: number;
  hits: number;
}

interface Database {
  entries: Map<string, Entry>;
  /** Declared: key -> what it is made from. */
  edges: Map<string, Set<string>>;
  /** Epoch of a key's last invalidation. */
  invalidated: Map<string, number>;
}

const emptyDatabase = (): Database => ({ entries: new Map(), edges: new Map(), invalidated: new Map() });

/** The whole engine as Maps: obviously right, slow, no layers, no limits. The model that others are compared with. */
export class PlainEngine implements EngineApi {
  epoch = 0;
  readonly collections = new PlainCollections(this, (slot) => this.at(slot).value);
  private dbs: Database[];
  private slots = new Map<Slot, Entry>();
  private lastSlot = 0;
  private tagEpochs = new Map<string, number>();
  /** Epoch of a key's last write. */
  private writes = new Map<string, number>();
  /** Epochs of a client's misses of a key. */
  private misses = new Map<string, { epoch: number; atMs: number; answered: boolean }[]>();
  private flushes = new Map<number, number>();
  private leases = new Map<string, { token: string; client: number; epoch: number; expiresAt: number }>();
  private tokens = 0;
  /** It tells nobody. */
  get notices(): never {
    throw new Error('the plain engine knows no notices');
  }
  get transacting(): never {
    throw new Error('the plain engine knows no transactions');
  }
  /** Its expansion has a model of its own: test/invalidation/rules.model.test.ts. */
  private readonly book = new RuleBook();

  constructor(
    private readonly clock: Clock,
    databases = 16,
  ) {
    this.dbs = Array.from({ length: databases }, emptyDatabase);
  }

  // --- reading ---------------------------------------------------------------------------------------------------------

  get(db: number, key: Bytes): Value | null {
    const entry = this.live(db, latin1Of(key));
    if (entry === undefined) return null;
    entry.hits++;
    entry.usedAt = this.clock.now;
    return this.view(entry);
  }

  getRaw(db: number, key: Bytes): Value | null {
    const entry = this.live(db, latin1Of(key));
    return entry === undefined ? null : this.view(entry);
  }

  getMany(db: number, keys: readonly Bytes[]): (Value | null)[] {
    return keys.map((key) => this.get(db, key));
  }

  locate(db: number, key: Bytes): Slot {
    return this.live(db, latin1Of(key))?.slot ?? 0;
  }

  countLive(db: number, keys: readonly Bytes[], touch: boolean): number {
    return touch ? this.touch(db, keys) : keys.filter((key) => this.locate(db, key) !== 0).length;
  }

  expiresAt(slot: Slot): number {
    return this.at(slot).expiresAt;
  }

  typeOf(slot: Slot): number {
    return this.at(slot).type;
  }

  lengthOf(slot: Slot): number {
    return this.at(slot).value.length;
  }

  info(slot: Slot): EntryInfo {
    const { type, value, key, expiresAt, usedAt, hits } = this.at(slot);
    const idleSeconds = (this.clock.now - usedAt) / 1000;
    return { slot, type, sizeBytes: value.length + key.length, expiresAt, idleSeconds, hits, layer: 'memory' };
  }

  size(db: number): number {
    return this.liveOf(db).length;
  }

  expiring(db: number): { keys: number; avgTtlMs: number } {
    const expiring = this.liveOf(db).filter((entry) => entry.expiresAt !== NEVER);
    const total = expiring.reduce((sum, entry) => sum + entry.expiresAt - this.clock.now, 0);
    return { keys: expiring.length, avgTtlMs: expiring.length === 0 ? 0 : Math.floor(total / expiring.length) };
  }

  scan(db: number, cursor: string, { count = 10, match, type }: ScanOptions, each: (key: Bytes) => void): string {
    const after = Number(cursor);
    const rest = this.liveOf(db)
      .filter((entry) => entry.slot > after)
      .sort((a, b) => a.slot - b.slot);
    for (const entry of rest.slice(0, count)) {
      const key = bytesIn(Buffer.from(entry.key, 'latin1'));
      if ((match === undefined || match(key)) && (type === undefined || type === entry.type)) each(key);
    }
    return rest.length > count ? String(rest[count - 1]!.slot) : '0';
  }

  keys(db: number, match: (key: Bytes) => boolean): Buffer[] {
    return this.liveOf(db)
      .map((entry) => Buffer.from(entry.key, 'latin1'))
      .filter((key) => match(bytesIn(key)));
  }

  randomKey(db: number): Buffer | null {
    const first = this.liveOf(db)[0];
    return first === undefined ? null : Buffer.from(first.key, 'latin1');
  }

  // --- writing ---------------------------------------------------------------------------------------------------------

  set(db: number, key: Bytes, value: Bytes, options: SetOptions = {}): boolean {
    const { expiresAt = NEVER, keepTies = false, tags = [], sources = [], fillEpoch, type = TYPE_STRING } = options;
    const name = latin1Of(key);
    if (fillEpoch !== undefined && this.isFenced(db, name, tags, fillEpoch)) return false;
    const began = this.beganAt(db, name, options);
    if (began !== undefined) {
      if (began === Number.NEGATIVE_INFINITY) return false;
      if (this.isFenced(db, name, [...tags, ...this.tagsNow(db, name)], began)) return false;
      if ((this.flushes.get(db) ?? 0) > began) return false;
      if ([name, ...sources].some((each) => (this.writes.get(`${db}:${each}`) ?? 0) > began)) return false;
    }
    const old = this.live(db, name);
    const entry: Entry = {
      slot: old?.slot ?? ++this.lastSlot,
      key: name,
      value: copyOf(value),
      type,
      expiresAt: expiresAt === KEEP_TTL ? (old?.expiresAt ?? NEVER) : expiresAt,
      tags: new Set(keepTies ? [...(old?.tags ?? []), ...tags] : tags),
      sources: new Set(keepTies ? [...(old?.sources ?? []), ...sources] : sources),
      usedAt: this.clock.now,
      hits: old?.hits ?? 0,
    };
    this.written(db, name);
    this.dbs[db]!.entries.set(name, entry);
    this.slots.set(entry.slot, entry);
    return true;
  }

  remove(db: number, key: Bytes): boolean {
    const name = latin1Of(key);
    const lived = this.live(db, name) !== undefined;
    this.drop(db, name);
    this.written(db, name);
    return lived;
  }

  removeMany(db: number, keys: readonly Bytes[]): number {
    return keys.filter((key) => this.remove(db, key)).length;
  }

  expire(db: number, slot: Slot, expiresAt: number): void {
    const entry = this.at(slot);
    if (expiresAt <= this.clock.now) this.drop(db, entry.key);
    else entry.expiresAt = expiresAt;
  }

  copy(fromDb: number, from: Bytes, toDb: number, to: Bytes, replace: boolean): boolean {
    const source = this.live(fromDb, latin1Of(from));
    if (source === undefined || (!replace && this.locate(toDb, to) !== 0)) return false;
    const { expiresAt, tags, sources, type } = source;
    return this.set(toDb, to, bytesIn(source.value), { expiresAt, tags: [...tags], sources: [...sources], type });
  }

  rename(fromDb: number, from: Bytes, toDb: number, to: Bytes, replace: boolean): 'missing' | 'exists' | 'ok' {
    if (this.locate(fromDb, from) === 0) return 'missing';
    if (!this.copy(fromDb, from, toDb, to, replace)) return 'exists';
    this.remove(fromDb, from);
    return 'ok';
  }

  flush(db?: number): void {
    this.epoch++;
    for (let i = 0; i < this.dbs.length; i++) {
      if (db !== undefined && db !== i) continue;
      this.dbs[i] = emptyDatabase();
      this.flushes.set(i, this.epoch);
    }
  }

  swap(a: number, b: number): void {
    [this.dbs[a], this.dbs[b]] = [this.dbs[b]!, this.dbs[a]!];
  }

  touch(db: number, keys: readonly Bytes[]): number {
    const found = keys.map((key) => this.live(db, latin1Of(key))).filter((entry) => entry !== undefined);
    for (const entry of found) entry.usedAt = this.clock.now;
    return found.length;
  }

  // --- tags, dependencies, invalidation --------------------------------------------------------------------------------

  tagAdd(db: number, key: Bytes, tags: readonly string[]): number {
    const entry = this.live(db, latin1Of(key));
    if (entry === undefined) return -2;
    const before = entry.tags.size;
    for (const tag of tags) entry.tags.add(tag);
    return entry.tags.size - before;
  }

  tagRemove(db: number, key: Bytes, tags: readonly string[]): number {
    const entry = this.live(db, latin1Of(key));
    return entry === undefined ? -2 : tags.filter((tag) => entry.tags.delete(tag)).length;
  }

  tagsOf(db: number, key: Bytes): string[] | null {
    const entry = this.live(db, latin1Of(key));
    return entry === undefined ? null : [...entry.tags].sort();
  }

  tagKeys(db: number, tag: string, cursor: string, count: number): [string, Buffer[]] {
    if (!/^\d+$/.test(cursor)) throw new Fault('ERR invalid cursor');
    const after = Number(cursor);
    const rest = this.liveOf(db)
      .filter((entry) => entry.tags.has(tag) && entry.slot > after)
      .sort((a, b) => a.slot - b.slot);
    const page = rest.slice(0, count).map((entry) => Buffer.from(entry.key, 'latin1'));
    return [rest.length > count ? String(rest[count - 1]!.slot) : '0', page];
  }

  /** It knows no more than that. */
  why(db: number, key: Bytes): Explanation {
    return this.live(db, latin1Of(key)) === undefined
      ? [
          ['state', 'never seen'],
          ['certain', 1],
        ]
      : [['state', 'live']];
  }

  /** Without loaders nothing is spared: soft is hard. */
  invalidate(request: InvalidateRequest): InvalidationReport {
    const { write, keys = [], db: home = 0 } = request;
    const tags = [...new Set([...(request.tags ?? []), ...(write ? [tagOfRow(write)] : [])])];
    const carry = (tag: string) => this.dbs.flatMap((_, db) => this.liveOf(db).filter((entry) => entry.tags.has(tag)));
    const byTag = new Map(tags.map((tag) => [tag, carry(tag).length]));
    const direct = new Set<Entry>(tags.flatMap(carry));
    for (const key of keys) {
      const entry = this.live(home, latin1Of(key));
      if (entry !== undefined) direct.add(entry);
    }
    const doomed = new Set(direct);
    for (let db = 0; db < this.dbs.length && !request.noCascade; db++) {
      const roots = [...direct].filter((entry) => this.dbs[db]!.entries.get(entry.key) === entry);
      const names = [...roots.map(({ key }) => key), ...(db === home ? keys.map(latin1Of) : [])];
      for (const name of names) {
        for (const row of this.dependencies(
          db,
          bytesIn(Buffer.from(name, 'latin1')),
          'down',
          Number.POSITIVE_INFINITY,
        )) {
          const entry = this.live(db, row.key);
          if (entry !== undefined) doomed.add(entry);
        }
      }
    }
    const { limit, dryRun = false } = request;
    if (limit !== undefined && doomed.size > limit) {
      const entries = doomed.size === 1 ? '1 entry' : `${doomed.size} entries`;
      throw new Fault(`ERR ${entries} would be invalidated, more than LIMIT ${limit}; nothing was`);
    }
    if (!dryRun) {
      this.invalidateTags([]);
      for (const tag of tags) this.tagEpochs.set(tag, this.epoch);
      for (const key of keys) this.dbs[home]!.invalidated.set(latin1Of(key), this.epoch);
      for (const entry of doomed) {
        const db = this.dbs.findIndex(({ entries }) => entries.get(entry.key) === entry);
        this.dbs[db]!.invalidated.set(entry.key, this.epoch);
        this.drop(db, entry.key);
      }
    }
    return {
      epoch: dryRun ? 0 : this.epoch,
      invalidated: doomed.size,
      exact: true,
      soft: 0,
      byLayer: { memory: doomed.size, disk: 0 },
      byTag,
      cascaded: doomed.size - direct.size,
      rules: [],
      bytes: [...doomed].reduce((sum, { key, value }) => sum + key.length + value.length, 0),
      reloadUs: 0,
      dryRun,
      tookUs: 0,
    };
  }

  invalidateWrite(type: string, id: string | undefined, context: Context): number {
    return this.invalidateNow([id === undefined ? type : `${type}:${id}`], context);
  }

  ruleAdd(rule: RuleSpec): void {
    this.book.add(rule, 'command');
  }

  ruleDelete(name: string): boolean {
    return this.book.delete(name, 'command');
  }

  rules(): RuleInfo[] {
    return this.book
      .list()
      .map(({ spec, contextNames, source, counts }) => ({ ...spec, contextNames, source, ...counts }));
  }

  invalidateTags(tags: readonly string[]): number {
    return this.invalidateNow(tags, NO_CONTEXT);
  }

  private invalidateNow(given: readonly string[], context: Context): number {
    const { hard, soft, fired } = this.book.expand(given, context);
    for (const { rule, skipped } of fired) {
      rule.counts.fired++;
      rule.counts.skipped += skipped;
    }
    for (const [tag, { rule }] of [...hard, ...soft]) {
      for (let db = 0; db < this.dbs.length; db++)
        rule.counts.invalidated += this.liveOf(db).filter((entry) => entry.tags.has(tag)).length;
    }
    const tags = [...given, ...hard.keys(), ...soft.keys()];
    this.epoch++;
    for (const tag of tags) this.tagEpochs.set(tag, this.epoch);
    let died = 0;
    for (let db = 0; db < this.dbs.length; db++) {
      const carriers = this.liveOf(db).filter((entry) => tags.some((tag) => entry.tags.has(tag)));
      died += this.kill(
        db,
        carriers.map((entry) => entry.key),
      );
    }
    return died;
  }

  invalidateKeys(db: number, keys: readonly Bytes[]): number {
    this.epoch++;
    return this.kill(db, keys.map(latin1Of));
  }

  dependencyAdd(db: number, key: Bytes, sources: readonly Bytes[]): number {
    const name = latin1Of(key);
    const { edges } = this.dbs[db]!;
    for (const source of sources) {
      const start = latin1Of(source);
      const above = [start, ...this.dependencies(db, source, 'up', Number.POSITIVE_INFINITY).map((row) => row.key)];
      if (above.includes(name)) throw new Fault(`ERR dependency cycle: ${name} -> ${start} -> ${name}`);
    }
    const set = edges.get(name) ?? new Set();
    edges.set(name, set);
    const before = set.size;
    for (const source of sources) set.add(latin1Of(source));
    return set.size - before;
  }

  dependencyRemove(db: number, key: Bytes, sources: readonly Bytes[]): number {
    const { edges } = this.dbs[db]!;
    const set = edges.get(latin1Of(key));
    if (set === undefined) return 0;
    const named = sources.length === 0 ? [...set] : sources.map(latin1Of);
    return named.filter((source) => set.delete(source)).length;
  }

  dependencies(db: number, key: Bytes, direction: 'up' | 'down', depth: number): Dependency[] {
    const rows: Dependency[] = [];
    const seen = new Set([latin1Of(key)]);
    let level = [...seen];
    for (let d = 1; d <= depth && level.length > 0; d++) {
      const next: string[] = [];
      for (const via of level) {
        for (const found of direction === 'up' ? this.sourcesOf(db, via) : this.dependentsOf(db, via)) {
          if (seen.has(found)) continue;
          seen.add(found);
          rows.push({ key: found, depth: d, via });
          next.push(found);
        }
      }
      level = next;
    }
    return rows;
  }

  // --- leases and fences -----------------------------------------------------------------------------------------------

  missed(client: number, db: number, key: Bytes): void {
    const name = `${client}:${db}:${latin1Of(key)}`;
    const miss = { epoch: this.epoch, atMs: this.clock.now, answered: false };
    this.misses.set(name, [...(this.misses.get(name) ?? []), miss]);
  }

  lease(client: number, db: number, key: Bytes, ttlMs = 10_000): LeaseAnswer {
    const value = this.get(db, key);
    if (value !== null) return { state: 'hit', value, token: null };
    const name = `${db}:${latin1Of(key)}`;
    const known = this.leases.get(name);
    if (known !== undefined && known.expiresAt > this.clock.now) return { state: 'wait', value: null, token: null };
    const token = `token${++this.tokens}`;
    this.leases.set(name, { token, client, epoch: this.epoch, expiresAt: this.clock.now + ttlMs });
    return { state: 'won', value: null, token };
  }

  clientGone(client: number): void {
    for (const [name, lease] of this.leases) if (lease.client === client) this.leases.delete(name);
  }

  private beganAt(db: number, name: string, { client, isFill, lease }: SetOptions): number | undefined {
    if (lease !== undefined) {
      const known = this.leases.get(`${db}:${name}`);
      if (known?.token !== lease || known.expiresAt <= this.clock.now) return Number.NEGATIVE_INFINITY;
      this.leases.delete(`${db}:${name}`);
      return known.epoch;
    }
    if (isFill !== true) return undefined;
    const missed = `${client}:${db}:${name}`;
    const misses = (this.misses.get(missed) ?? []).filter(({ atMs }) => atMs + MISS_MEMORY_MS > this.clock.now);
    const open = misses.filter(({ answered }) => !answered);
    if (open.length > 1) open[0]!.answered = true;
    this.misses.set(missed, open.length > 1 ? misses : []);
    return misses[0]?.epoch;
  }

  private tagsNow(db: number, name: string): string[] {
    return [...(this.live(db, name)?.tags ?? [])];
  }

  fetch(): never {
    throw new Fault('ERR FETCH: no template with a loader matches this key');
  }

  // --- insides -----------------------------------------------------------------------------------------------------------

  private live(db: number, key: string): Entry | undefined {
    const entry = this.dbs[db]!.entries.get(key);
    return entry !== undefined && entry.expiresAt > this.clock.now ? entry : undefined;
  }

  private liveOf(db: number): Entry[] {
    return [...this.dbs[db]!.entries.values()].filter((entry) => entry.expiresAt > this.clock.now);
  }

  private at(slot: Slot): Entry {
    const entry = this.slots.get(slot);
    if (entry === undefined) throw new Error(`no entry at slot ${slot}`);
    return entry;
  }

  private view({ value, type }: Entry): Value {
    return { ...bytesIn(value), type };
  }

  private drop(db: number, key: string): boolean {
    const entry = this.live(db, key);
    const stored = this.dbs[db]!.entries.get(key);
    if (stored !== undefined) this.slots.delete(stored.slot);
    this.dbs[db]!.entries.delete(key);
    return entry !== undefined;
  }

  /** A client wrote the key: what depends on it dies. */
  private written(db: number, key: string): void {
    this.writes.set(`${db}:${key}`, ++this.epoch);
    this.leases.delete(`${db}:${key}`);
    const dependents = this.dependencies(db, bytesIn(Buffer.from(key, 'latin1')), 'down', Number.POSITIVE_INFINITY);
    this.kill(
      db,
      dependents.map((row) => row.key),
    );
  }

  /** Kills keys with all that depends on them; how many lived. */
  private kill(db: number, keys: readonly string[]): number {
    const doomed = new Set<string>();
    for (const key of keys) {
      doomed.add(key);
      const below = this.dependencies(db, bytesIn(Buffer.from(key, 'latin1')), 'down', Number.POSITIVE_INFINITY);
      for (const row of below) doomed.add(row.key);
    }
    for (const key of doomed) {
      this.dbs[db]!.invalidated.set(key, this.epoch);
      this.leases.delete(`${db}:${key}`);
    }
    return [...doomed].filter((key) => this.drop(db, key)).length;
  }

  private isFenced(db: number, key: string, tags: readonly string[], fillEpoch: number): boolean {
    const isLater = (epoch: number | undefined) => epoch !== undefined && epoch > fillEpoch;
    return isLater(this.dbs[db]!.invalidated.get(key)) || tags.some((tag) => isLater(this.tagEpochs.get(tag)));
  }

  private sourcesOf(db: number, key: string): string[] {
    return [...(this.dbs[db]!.edges.get(key) ?? []), ...(this.live(db, key)?.sources ?? [])];
  }

  private dependentsOf(db: number, key: string): string[] {
    const { edges } = this.dbs[db]!;
    const declared = [...edges].filter(([, sources]) => sources.has(key)).map(([dependent]) => dependent);
    const bound = this.liveOf(db).filter((entry) => entry.sources.has(key));
    return [...declared, ...bound.map((entry) => entry.key)];
  }
}

function tagOfRow({ type, id }: { type: string; id?: string | undefined }): string {
  return id === undefined ? type : `${type}:${id}`;
}

function bytesIn(buf: Buffer): Bytes {
  return { buf, start: 0, end: buf.length };
}

const WAITING = new Set([
  'get',
  'getRaw',
  'getMany',
  'locate',
  'countLive',
  'size',
  'scan',
  'keys',
  'randomKey',
  'remove',
  'removeMany',
  'copy',
  'rename',
  'flush',
  'touch',
  'tagAdd',
  'tagRemove',
  'tagsOf',
  'tagKeys',
  'invalidate',
  'invalidateTags',
  'invalidateWrite',
  'invalidateKeys',
  'why',
  'lease',
  // Of collections.
  'find',
  'findMany',
  'change',
  'store',
]);

/** The same engine in a slow mood: all that may be a promise is one, and faults are rejections. */
export function slowly(engine: EngineApi): EngineApi {
  return slow(engine);
}

function slow<T extends object>(engine: T): T {
  return new Proxy(engine, {
    get(target, name) {
      const member = Reflect.get(target, name, target);
      if (name === 'collections') return slow(member as object);
      if (typeof member !== 'function') return member;
      if (!WAITING.has(String(name))) return member.bind(target);
      return async (...args: unknown[]) => {
        await Promise.resolve();
        return Reflect.apply(member, target, args);
      };
    },
  });
}
