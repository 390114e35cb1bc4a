import type { Reply } from '../../protocol/reply-reader';
import { type Checker, ifGone } from './checker';
import type { Connection } from './connection';
import { GRACE_MS, type Kind, STORED_KINDS } from './key-space';
import { sleep } from './origin';

/** Popularity: rank r is read in proportion to 1 / r^0.9. */
const ZIPF_EXPONENT = 0.9;
const HOT_SHARE = 0.05;
const LEASE_MS = 2_000;
/** A fill that takes longer is given up: the server remembers a miss for 10 s. */
const FILL_MS_MAX = 5_000;
const READS_PER_CONNECTION_MAX = 4_000;
const READ_SHARE: Partial<Record<Kind, number>> = { put: 0.5, tput: 0.5, src: 0.5 };
/** Of those who won a lease or missed, so many never store: they crashed. */
const FORGETFUL_SHARE = 0.03;
const PAUSE_MS = 3;
/** Of the keys that were not there, so many are asked about. */
const WHY_SHARE = 0.05;
/** Every other value stored under a lease lives so long, and then has its grace, ms. */
const LEASED_TTL_MS = 1_500;

/** Draws keys by popularity: kinds are mixed over all ranks. */
export class Popularity {
  private readonly sums: number[] = [];
  private readonly order: number[];

  constructor(private readonly checker: Checker) {
    const { keys } = checker.book.space;
    this.order = keys.map((_, key) => key);
    for (let i = this.order.length - 1; i > 0; i--) {
      const j = checker.below(i + 1);
      [this.order[i], this.order[j]] = [this.order[j]!, this.order[i]!];
    }
    let sum = 0;
    this.order.forEach((key, rank) => {
      sum += (READ_SHARE[keys[key]!.kind] ?? 1) / (rank + 1) ** ZIPF_EXPONENT;
      this.sums.push(sum);
    });
  }

  /** The most wanted key. */
  get hottest(): number {
    return this.order[0]!;
  }

  draw(): number {
    const { sums, checker } = this;
    if (checker.random() < HOT_SHARE) return this.hottest;
    const wanted = checker.random() * sums.at(-1)!;
    let [low, high] = [0, sums.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! < wanted) low = middle + 1;
      else high = middle;
    }
    return this.order[low]!;
  }
}

/** One connection that several lanes share, as a client library's is: pipelined, and now and then dropped. */
export class Reader {
  private connection: Connection | null = null;
  private opening: Promise<Connection> | null = null;
  private reads = 0;
  /** Keys that this connection is filling: a client library fills a key once. */
  private readonly filling = new Set<number>();

  constructor(
    private readonly checker: Checker,
    private readonly popularity: Popularity,
    private readonly lanes: number,
    private readonly burst: number,
  ) {}

  run(): Promise<unknown> {
    return Promise.all(Array.from({ length: this.lanes }, () => this.lane()));
  }

  private async lane(): Promise<void> {
    const { checker } = this;
    while (!checker.over) {
      try {
        await this.step();
      } catch (error) {
        ifGone(error);
      }
      await sleep(checker.random() * PAUSE_MS * 2);
    }
  }

  /** A burst of reads in one write. */
  private async step(): Promise<void> {
    const { checker } = this;
    const connection = await this.ready();
    const storm = checker.storm;
    const reads: Promise<void>[] = [];
    for (let n = checker.below(this.burst); n >= 0; n--) {
      reads.push(this.readOne(connection, storm >= 0 ? storm : this.popularity.draw()));
    }
    const results = await Promise.allSettled(reads);
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  }

  private readOne(connection: Connection, key: number): Promise<void> {
    const { kind } = this.checker.book.space.keys[key]!;
    if (kind === 'lease') return this.readByLease(connection, key);
    if (kind === 'fill' || (kind === 'bound' && this.checker.abilities.leases))
      return this.readAndFill(connection, key);
    return this.readOnly(connection, key);
  }

  private async readOnly(connection: Connection, key: number): Promise<void> {
    if ((await this.checker.read(connection, key)) === null) await this.wonder(connection, key);
  }

  /** Why a key that was not there is not: never an error, and a reason that is one. */
  private async wonder(connection: Connection, key: number): Promise<void> {
    const { checker } = this;
    if (!checker.abilities.why || checker.random() >= WHY_SHARE) return;
    checker.judgeWhy(key, await connection.ask('WHY', checker.book.space.keys[key]!.key));
  }

  /** GET; who missed reads the origin and stores with TAGSET, on the same connection. */
  private async readAndFill(connection: Connection, key: number): Promise<void> {
    const { checker, filling } = this;
    const sentMs = checker.book.now();
    if ((await checker.read(connection, key)) !== null || filling.has(key)) return;
    filling.add(key);
    void this.wonder(connection, key).catch(ifGone);
    try {
      const value = await checker.origin.read(key);
      if (checker.random() < FORGETFUL_SHARE || checker.book.now() - sentMs > FILL_MS_MAX) return;
      const reply = await connection.ask(...this.storeOf(key, value));
      checker.book.note(key, `fill of ${value.split('|', 2)[1]}, missed at ${sentMs.toFixed(1)}: ${reply}`);
      if (reply instanceof Error) checker.refused(key, 'TAGSET', reply);
      else if (reply === null) checker.tally.fillsFenced++;
      else checker.tally.fills++;
    } finally {
      filling.delete(key);
    }
  }

  private async readByLease(connection: Connection, key: number): Promise<void> {
    const { checker } = this;
    const { book, tally } = checker;
    const floor = book.floorOf(key);
    const sentMs = book.now();
    const { key: name } = book.space.keys[key]!;
    const wait = checker.random() < 0.5 ? ['WAIT', 200] : [];
    const reply = await connection.ask('LEASE', name, 'TTL', LEASE_MS, ...wait);
    tally.reads++;
    if (!Array.isArray(reply)) {
      checker.refused(key, 'LEASE', reply instanceof Error ? reply : new Error(`unexpected reply ${String(reply)}`));
      return;
    }
    const [state, value, token] = reply as [Reply, Reply, Reply];
    const said = String(state) as keyof typeof tally.leases;
    tally.leases[said] = (tally.leases[said] ?? 0) + 1;
    if (value !== null && value !== undefined) checker.judge(key, floor, sentMs, value, `LEASE (${said})`);
    else {
      tally.misses++;
      book.note(key, `LEASE sent at ${sentMs.toFixed(1)} gave ${said} ${String(token)}`);
    }
    if (said === 'won' || (said === 'stale' && token !== null)) await this.storeByLease(key, String(token));
  }

  /** A token outlives its connection, and must not outlive an invalidation, not even with a kill between. */
  private async storeByLease(key: number, token: string): Promise<void> {
    const { checker } = this;
    const value = await checker.origin.read(key);
    if (checker.random() < FORGETFUL_SHARE) return;
    const connection = await this.ready();
    const reply = await connection.ask(...this.storeOf(key, value, ['LEASE', token, ...lifeOf(key)]));
    checker.book.note(key, `store of ${value.split('|', 2)[1]} with lease ${token}: ${String(reply)}`);
    if (reply instanceof Error) checker.refused(key, 'TAGSET LEASE', reply);
    else if (reply === null) checker.tally.leaseVoid++;
    else checker.tally.leaseStored++;
  }

  private storeOf(key: number, value: string, options: readonly string[] = []): string[] {
    return storeRequest(this.checker, key, value, options);
  }

  private ready(): Promise<Connection> | Connection {
    const { connection, checker } = this;
    if (connection !== null && !connection.isGone) {
      if (++this.reads < READS_PER_CONNECTION_MAX) return connection;
      // Some leave in the middle of what they asked.
      connection.close();
    }
    this.reads = 0;
    this.opening ??= checker.connect().then((opened) => {
      this.connection = opened;
      this.opening = null;
      this.filling.clear();
      return opened;
    });
    return this.opening;
  }
}

/** Without a loader a value in its grace is for leases only, and a soft invalidation of it is a hard one. */
const lifeOf = (key: number) => (key % 2 === 0 ? [] : ['PX', `${LEASED_TTL_MS}`, 'GRACE', `${GRACE_MS}`]);

/** SET or TAGSET of the key, with all that its kind carries. Throws for kinds that only the server fills. */
export function storeRequest(checker: Checker, key: number, value: string, options: readonly string[] = []): string[] {
  const { keys } = checker.book.space;
  const { key: name, kind, tags, source } = keys[key]!;
  if (!STORED_KINDS.has(kind)) throw new Error(`nobody stores ${name}`);
  if (kind === 'held') return ['TAGSET', name, value, 'GRACE', `${GRACE_MS}`, 'TAGS', ...tags];
  if (kind === 'load' || kind === 'put' || kind === 'src' || kind === 'made') return ['SET', name, value];
  const sources = kind === 'bound' ? ['DEPS', '1', keys[source]!.key] : [];
  return ['TAGSET', name, value, ...options, ...sources, 'TAGS', ...tags];
}
