import { Argument } from '../../protocol/argument';
import { ReplyWriter } from '../../protocol/reply-writer';
import type { Clock } from '../../src/base/world';
import { createTable } from '../../src/commands/all';
import { type Client, Context, type Outcome } from '../../src/commands/context';
import { dispatch } from '../../src/commands/framework/dispatch';
import type { Table } from '../../src/commands/framework/table';
import type { Node } from '../../src/commands/node';
import { dispatchSpecial } from '../../src/commands/special';
import type { EngineApi } from '../../src/engine/api';
import { Scripts } from '../../src/scripting/scripts';
import { manualWorld } from '../support/manual-world';
import { PlainEngine } from './plain-engine';
import { plainWarming } from './plain-warming';
import { type Reply, readReply } from './reply';

/** Time that only tests move. The wall clock is an hour ahead, so that mixing the two up is seen. */
export class HeldClock implements Clock {
  now = 1_700_000_000_000;
  wallOffsetMs = 3_600_000;
  refresh(): number {
    return this.now;
  }
  fineMs(): number {
    return this.now;
  }
  advance(ms: number): void {
    this.now += ms;
  }
}

export interface FakeNode extends Node {
  readonly failures: unknown[];
  readonly errors: string[];
  readonly refused: string[];
  password: string | undefined;
  readonly values: Map<string, string>;
}

export function fakeNode(clock: Clock = new HeldClock()): FakeNode {
  const node: FakeNode = {
    version: '7.4.0',
    databases: 16,
    valueBytesMax: 512 * 1024 * 1024,
    values: new Map([
      ['maxmemory-policy', 'noeviction'],
      ['enable-debug-command', 'yes'],
    ]),
    settings: { get: (name) => node.values.get(name) },
    password: undefined,
    security: {
      get passwordRequired() {
        return node.password !== undefined;
      },
      authenticate: (user, password) => user === 'default' && (node.password ?? password) === password,
    },
    warming: plainWarming({ ...manualWorld(), clock }),
    learning: { warmUser: () => 0 },
    templates: { list: () => [], test: () => undefined },
    sleep: async () => {},
    scripts: new Scripts({
      version: '7.4.0',
      nowMs: () => 0,
      heapBytes: () => 0,
      timeMsMax: () => 5000,
      memoryBytesMax: () => 64 * 1024 * 1024,
      countMax: () => 100,
      cacheBytesMax: () => 1024 * 1024,
    }),
    scriptLogged: () => {},
    exclusion: { begin: () => {}, end: () => {} },
    transactionLimits: { commandsMax: 1000, queueBytesMax: 1024 * 1024, watchedKeysMax: 100 },
    get hub(): never {
      throw new Error('nobody listens around the plain engine');
    },
    get tracking(): never {
      throw new Error('nobody tracks around the plain engine');
    },
    get admin(): never {
      throw new Error('there is no server around the plain engine');
    },
    failures: [],
    errors: [],
    refused: [],
    broken: (_command, failure) => node.failures.push(failure),
    errorReplied: (_command, line) => node.errors.push(line),
    httpRefused: (address) => node.refused.push(address),
  };
  return node;
}

export class FakeClient implements Client {
  db = 0;
  proto: 2 | 3 = 2;
  name = '';
  libName = '';
  libVersion = '';
  address = '127.0.0.1:50000';
  localAddress = '127.0.0.1:6380';
  createdAtMs = 0;
  lastActiveAtMs = 0;
  lastCommand = '';
  noEvict = false;
  noTouch = false;
  transaction: Client['transaction'] = null;
  watch: Client['watch'] = null;
  subscriptions: Client['subscriptions'] = null;
  tracking: Client['tracking'] = null;
  closing = false;
  closed = false;
  constructor(
    readonly id: number,
    public authenticated: boolean,
  ) {}
  authenticate(): void {
    this.authenticated = true;
  }
  forgetReplyMode(): void {}
  modesChanged(): void {}

  deauthenticate(): void {
    this.authenticated = false;
  }
  closeAfterReply(): void {
    this.closing = true;
  }
  close(): void {
    this.closed = true;
  }
}

/** One client with its own output; what a session does, without sockets. */
export class Visitor {
  readonly out = new ReplyWriter(1024);
  readonly context: Context;

  constructor(
    readonly client: FakeClient,
    private readonly house: House,
  ) {
    this.context = new Context(house.engine, this.out, client, house.node, house.clock, house.table);
  }

  /** Runs one request (latin1 words); its reply, or undefined when the connection was closed instead. */
  async ask(words: readonly string[]): Promise<Reply | undefined> {
    const bytes = await this.bytesOf(words);
    if (bytes === undefined || bytes.length === 0) return undefined;
    const found = readReply(bytes);
    if (found?.end !== bytes.length) throw new Error(`not one reply: ${bytes.toString('latin1')}`);
    return found.reply;
  }

  async bytesOf(words: readonly string[]): Promise<Buffer | undefined> {
    if (this.client.closed || this.client.closing) return undefined;
    this.out.at = 0;
    this.out.proto = this.client.proto;
    const run = this.client.transaction === null ? dispatch : dispatchSpecial;
    let outcome: Outcome = run(this.house.table, this.context, words.map(argument), words.length);
    while (outcome instanceof Promise) outcome = (await outcome)();
    return Buffer.from(this.out.buf.subarray(0, this.out.at));
  }
}

/** An argument in the middle of a larger buffer, as the request reader gives them. */
export function argument(word: string): Argument {
  const made = new Argument();
  made.buf = Buffer.from(`<${word}>`, 'latin1');
  made.start = 1;
  made.end = 1 + word.length;
  return made;
}

export interface House {
  readonly engine: EngineApi;
  readonly clock: HeldClock;
  readonly node: FakeNode;
  readonly table: Table;
  visit(): Visitor;
}

/** Commands over an engine, with nothing around them. */
export function plainHouse(table = createTable(), mood: (engine: EngineApi) => EngineApi = (engine) => engine): House {
  const clock = new HeldClock();
  const node = fakeNode(clock);
  let clients = 0;
  const house: House = {
    engine: mood(new PlainEngine(clock)),
    clock,
    node,
    table,
    visit: () => new Visitor(new FakeClient(++clients, node.password === undefined), house),
  };
  return house;
}
