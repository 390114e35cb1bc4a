import type { Reply } from '../../protocol/reply-reader';
import { Book } from './book';
import { Connection, Gone } from './connection';
import { KeySpace, type Kind, LOADED_KINDS, type Scale } from './key-space';
import { Origin, sleep } from './origin';
import type { Subject } from './subject';

/** What the server knows of what there is to check. */
export interface Abilities {
  /** LEASE, and with it fences for fills without a lease. */
  leases: boolean;
  inval: boolean;
  /** Grace, and so soft invalidation. */
  soft: boolean;
  invalwrite: boolean;
  rules: boolean;
  why: boolean;
}

export interface Tally {
  reads: number;
  misses: number;
  /** Replies that a read may get: the origin failed. */
  loadErrors: number;
  /** Replies that nobody should get. */
  errors: number;
  firstErrors: string[];
  writes: Record<string, number>;
  refusedWrites: number;
  leases: Record<'hit' | 'stale' | 'won' | 'wait', number>;
  leaseStored: number;
  leaseVoid: number;
  fills: number;
  fillsFenced: number;
  /** What WHY said of keys that were not there. */
  reasons: Record<string, number>;
}

/** Longest wait for a reply, ms: a load's timeout, a stop of the server and a restart are shorter. */
const REPLY_MS_MAX = 15_000;
/** A connection answers no later than this after being told that the server is there, ms. */
const RECONNECT_MS = 20;

/** What WHY may say of a key; `live` when it is back already. */
const REASONS = new Set([
  ...['live', 'never seen', 'expired', 'evicted', 'deleted', 'invalidated', 'flushed', 'lost', 'overwritten', 'fenced'],
]);

/** What all clients, faults and writers share: the server, the origin, the clock, the book. */
export class Checker {
  readonly book: Book;
  readonly tally: Tally = {
    ...{ reads: 0, misses: 0, loadErrors: 0, errors: 0, firstErrors: [], writes: {}, refusedWrites: 0 },
    ...{
      leases: { hit: 0, stale: 0, won: 0, wait: 0 },
      leaseStored: 0,
      leaseVoid: 0,
      fills: 0,
      fillsFenced: 0,
      reasons: {},
    },
  };
  readonly connections = new Set<Connection>();
  port = 0;
  over = false;
  /** Replies may be errors while the disk is full. */
  diskTrouble = false;
  /** Every client reads this key at once. */
  storm = -1;
  origin!: Origin;
  private up: Promise<void> = Promise.resolve();
  private isUp: () => void = () => {};

  constructor(
    scale: Scale,
    kinds: ReadonlySet<Kind>,
    readonly abilities: Abilities,
    readonly random: () => number,
    prefix = '',
  ) {
    this.book = new Book(new KeySpace(scale, kinds, prefix), () => performance.now());
  }

  async openOrigin(delayMs: number): Promise<void> {
    this.origin = await Origin.open(this.book, this.random, delayMs);
  }

  /** Starts the server, and declares the edges: they must then outlive every kill. */
  async start(subject: Subject): Promise<void> {
    this.port = await subject.start(this.origin.url);
    await this.declareEdges();
  }

  /** kill -9, and a new start on the same directory. */
  async killAndStart(subject: Subject): Promise<void> {
    this.up = new Promise((done) => {
      this.isUp = done;
    });
    await subject.kill();
    this.book.killed();
    for (const connection of this.connections) connection.close();
    this.port = await this.startAnyhow(subject);
    // A disk that failed was given up with all that was on it.
    if (this.book.hadDiskFault) await this.declareEdges();
    this.isUp();
  }

  /** Opens a connection once the server is up; tries again until then. */
  async connect(): Promise<Connection> {
    for (;;) {
      await this.up;
      try {
        const connection = await Connection.open(this.port, this.book.now, (reply) =>
          this.book.violate('I3', -1, `a reply that nobody asked for: ${reply}`),
        );
        this.connections.add(connection);
        return connection;
      } catch {
        await sleep(RECONNECT_MS);
      }
    }
  }

  /** Closes connections that do not answer. */
  watch(): void {
    for (const connection of this.connections) {
      if (connection.isGone) this.connections.delete(connection);
      else if (connection.oldestMs > REPLY_MS_MAX) {
        this.book.violate('I3', -1, `no reply within ${REPLY_MS_MAX} ms`);
        connection.close();
      }
    }
  }

  /** GET, judged. Null for a miss, and for an error that is allowed. Rejects with Gone. */
  async read(connection: Connection, key: number): Promise<string | null> {
    const { book } = this;
    const floor = book.floorOf(key);
    const sentMs = book.now();
    const reply = await connection.ask('GET', book.space.keys[key]!.key);
    this.tally.reads++;
    return this.judge(key, floor, sentMs, reply, 'GET');
  }

  judge(key: number, floor: number, sentMs: number, reply: Reply, how: string): string | null {
    if (reply === null) {
      this.tally.misses++;
      this.book.note(key, `${how} sent at ${sentMs.toFixed(1)} gave nothing`);
      return null;
    }
    if (reply instanceof Error) {
      this.refused(key, how, reply);
      return null;
    }
    const value = Buffer.isBuffer(reply) ? reply.toString('latin1') : String(reply);
    this.book.judge(key, floor, sentMs, value, how);
    return value;
  }

  /** An error reply: a loader's trouble is the origin's, anything else should not be. */
  refused(key: number, how: string, error: Error): void {
    const kind = this.book.space.keys[key]?.kind;
    if (kind !== undefined && LOADED_KINDS.has(kind) && error.message.startsWith('ERR loader')) {
      this.tally.loadErrors++;
      return;
    }
    this.tally.errors++;
    const text = `${how}: ${error.message}`;
    if (this.tally.firstErrors.length < 5 && !this.tally.firstErrors.includes(text)) this.tally.firstErrors.push(text);
    if (!this.diskTrouble) this.book.violate('I3', key, `an error nobody should get: ${text}`);
  }

  /** WHY, asked of a key that was not there a moment ago. */
  judgeWhy(key: number, reply: Reply): void {
    if (reply instanceof Error) {
      this.refused(key, 'WHY', reply);
      return;
    }
    const fields = Array.isArray(reply)
      ? reply.map((each) => (Array.isArray(each) ? each.join(' ') : String(each)))
      : [];
    const field = (name: string) => fields[fields.indexOf(name) + 1];
    const state = fields[0] === 'state' ? fields[1] : undefined;
    const reason = state === 'lost' ? field('reason') : state;
    const what = reason === undefined || !REASONS.has(reason) ? 'none' : reason;
    this.tally.reasons[what] = (this.tally.reasons[what] ?? 0) + 1;
    if (what === 'none') this.book.violate('I12', key, `no reason: ${fields.join(' ')}`);
    else if (reason === 'invalidated' && field('by') === undefined)
      this.book.violate('I12', key, `nothing that invalidated it: ${fields.join(' ')}`);
    else if (reason === 'never seen' && field('certain') === '1' && this.book.wasSeen(key))
      this.book.violate('I12', key, 'said never to have been seen');
  }

  count(what: string): void {
    this.tally.writes[what] = (this.tally.writes[what] ?? 0) + 1;
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** On a full disk a server may refuse to start: then it is given room. */
  private async startAnyhow(subject: Subject): Promise<number> {
    try {
      return await subject.start(this.origin.url);
    } catch (refused) {
      if (!this.diskTrouble || !subject.freeDisk) throw refused;
      subject.freeDisk();
      return subject.start(this.origin.url);
    }
  }

  private async declareEdges(): Promise<void> {
    const connection = await Connection.open(this.port, this.book.now, () => {});
    for (const [key, source] of this.book.space.edges) {
      const reply = await connection.ask('DEPADD', key, source);
      if (reply instanceof Error) throw new Error(`DEPADD ${key} ${source}: ${reply.message}`);
    }
    connection.close();
  }
}

/** Goes on over ends of connections; other errors are the checker's own. */
export function ifGone(error: unknown): void {
  if (!(error instanceof Gone)) throw error;
}
