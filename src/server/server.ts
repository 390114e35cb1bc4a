import type { Server as NetServer, Socket } from 'node:net';
import type { Argument } from '../../protocol/argument';
import type { Limits } from '../../protocol/limits';
import { ReplyWriter } from '../../protocol/reply-writer';
import type { RequestReader } from '../../protocol/request-reader';
import type { World } from '../base/world';
import { Context, type Reply } from '../commands/context';
import { dispatch } from '../commands/framework/dispatch';
import type { Table } from '../commands/framework/table';
import type { Node } from '../commands/node';
import { dispatchSpecial } from '../commands/special';
import type { Engine } from '../engine/engine';
import { FETCHED_KEYS_MAX } from '../layers/memory/directory';
import { Alone } from './alone';
import { Clients } from './clients';
import { type DeadlineLimits, Deadlines } from './deadlines';
import { type Endpoint, listen } from './listener';
import { Mail } from './mail';
import { Broker, type BrokerLimits } from './pubsub/broker';
import { type OutputLimits, ServerCounters, type Serving } from './serving';
import { Session } from './session';
import { readShared } from './shared-read';
import { TrackingClients } from './tracking/tracking-clients';
import { Turn } from './turn';
import { undurable } from './undurable';

const ARENA_BYTES = 1024 * 1024;
const DEADLINE_CHECK_MS = 1000;
/** At the end, clients have this long to take their last replies. */
const GOODBYE_MS = 300;
/** Replies of these two are sent by hand: there is no session yet. */
const TOO_MANY = '-ERR max number of clients reached\r\n';
const PROTECTED =
  '-DENIED Redis is running in protected mode because protected mode is enabled and no password is set for the default ' +
  'user. In this mode connections are only accepted from the loopback interface. To accept connections from elsewhere, ' +
  "set a password ('requirepass'), bind only what may be reached, or set 'protected-mode' to no.\r\n";

/** What may change while serving. */
export interface ServerSettings {
  maxClients: number;
  protectedMode: boolean;
  deadlines: DeadlineLimits;
  outputPauseBytes: number;
  output: OutputLimits;
  /** Of clients with subscriptions. */
  subscriberOutput: OutputLimits;
  trackedKeysMax: number;
  keepAliveMs: number;
}

export interface ServerParts {
  world: World;
  engine: Engine;
  table: Table;
  node: Node;
  limits: Limits;
  passwordRequired: () => boolean;
  settings: () => ServerSettings;
  brokerLimits: BrokerLimits;
  /** What must not be lost could not be made durable: everybody in that turn was told so. */
  commitFailed: (failure: unknown) => void;
  /** All commands of one turn of the event loop took so long. */
  turnTook: (ms: number) => void;
}

/** The RESP server: accepts clients, runs their requests, writes each turn's replies. */
export class Server implements Serving {
  readonly clients = new Clients();
  readonly counters = new ServerCounters();
  readonly turn: Turn;
  readonly broker: Broker;
  readonly tracking: TrackingClients;
  readonly exclusion: Alone;
  readonly limits: Limits;
  readonly clock;
  readonly scheduler;
  readonly outputUnauthenticatedBytes = 1024;
  private readonly listeners: NetServer[] = [];
  private readonly deadlines: Deadlines;
  private current: ServerSettings;
  private readonly aheadStarts = new Int32Array(FETCHED_KEYS_MAX);
  private readonly aheadEnds = new Int32Array(FETCHED_KEYS_MAX);
  private table: Table;
  private stopped = false;
  private serving = false;
  /** Connected before there was anything to serve. */
  private readonly early: Socket[] = [];
  /** When the first command of this turn ran; 0 before it. */
  private turnBeganMs = 0;

  constructor(private readonly parts: ServerParts) {
    this.clock = parts.world.clock;
    this.scheduler = parts.world.scheduler;
    this.limits = parts.limits;
    this.current = parts.settings();
    this.table = parts.table;
    this.turn = new Turn(
      new ReplyWriter(ARENA_BYTES),
      parts.world.scheduler,
      () => this.commit(),
      (failure) => parts.commitFailed(failure),
    );
    this.exclusion = new Alone(this.scheduler, this.turn);
    const mail = new Mail(this.turn);
    const sessionOf = (id: number) => this.clients.byId(id);
    this.broker = new Broker(mail, sessionOf, parts.brokerLimits);
    this.tracking = new TrackingClients({
      notices: parts.engine.notices,
      mail,
      turn: this.turn,
      sessionOf,
      keysMax: () => this.current.trackedKeysMax,
    });
    this.deadlines = new Deadlines(
      this.clients,
      this.clock,
      this.counters,
      () => this.current.deadlines,
      (isSubscriber) => this.outputLimits(isSubscriber),
    );
  }

  /** Takes the addresses. Who connects waits until `serve`. */
  async listen(endpoints: readonly Endpoint[]): Promise<void> {
    for (const endpoint of endpoints) this.listeners.push(await listen(endpoint, (socket) => this.welcome(socket)));
  }

  /** Those who came meanwhile are served, and whoever comes from now on. */
  serve(): void {
    this.serving = true;
    for (const socket of this.early.splice(0)) this.accept(socket);
    this.checkDeadlines();
  }

  /** Ports listened on, in the order of the endpoints. */
  get ports(): number[] {
    return this.listeners.map((listener) => {
      const address = listener.address();
      return address === null || typeof address === 'string' ? 0 : address.port;
    });
  }

  /** False: whatever writes is answered with an error from now on. */
  setDurable(isDurable: boolean): void {
    this.table = isDurable ? this.parts.table : undurable(this.parts.table);
    for (const session of this.clients) session.context.table = this.table;
  }

  /** Settings were changed. */
  reconfigure(): void {
    this.current = this.parts.settings();
  }

  /** No new clients; those connected are let go once their replies are written. */
  async stop(): Promise<void> {
    this.stopped = true;
    const closed = this.listeners.map((listener) => new Promise((resolve) => listener.close(resolve)));
    for (const socket of this.early.splice(0)) socket.destroy();
    this.turn.flush();
    for (const session of this.clients) session.finishSoon();
    const patience = new Promise((resolve) => this.scheduler.after(GOODBYE_MS, () => resolve(undefined)));
    await Promise.race([Promise.all(closed), patience]);
    for (const session of this.clients) session.destroy();
  }

  // --- Serving ---------------------------------------------------------------------------------------------------------

  get authRequired(): boolean {
    return this.parts.passwordRequired();
  }
  get keepAliveMs(): number {
    return this.current.keepAliveMs;
  }
  get outputPauseBytes(): number {
    return this.current.outputPauseBytes;
  }
  outputLimits(isSubscriber: boolean): OutputLimits {
    return isSubscriber ? this.current.subscriberOutput : this.current.output;
  }
  get alone(): Session | null {
    return this.exclusion.client as Session | null;
  }
  isHeldBack(session: Session): boolean {
    return this.exclusion.client !== null && this.exclusion.client !== session;
  }
  whenAll(go: () => void): void {
    this.exclusion.whenOver(go);
  }

  lookAhead(session: Session, reader: RequestReader): void {
    const found = reader.lookAhead(this.aheadStarts, this.aheadEnds);
    if (found > 1) this.parts.engine.lookAhead(session.db, reader.source, this.aheadStarts, this.aheadEnds, found);
  }

  run(session: Session, args: Argument[], argc: number): undefined | Promise<Reply> {
    this.counters.commandsProcessed++;
    this.parts.engine.reading.touching = !session.noTouch;
    if (this.turnBeganMs === 0) this.turnBeganMs = this.clock.now;
    if (session.isSpecial) return this.runSpecial(session, args, argc);
    return dispatch(this.table, session.context, args, argc);
  }

  reply(session: Session, reply: Reply): undefined | Promise<Reply> {
    const began = this.turn.out.at;
    const outcome = reply();
    if (outcome instanceof Promise) return outcome;
    if (session.replyMode !== 'on') this.mute(session, began);
    return undefined;
  }

  /**
   * In a transaction, with subscriptions or tracking; with CLIENT REPLY OFF and SKIP the command runs and its reply is taken
   * back.
   */
  private runSpecial(session: Session, args: Argument[], argc: number): undefined | Promise<Reply> {
    const began = this.turn.out.at;
    const before = session.replyMode;
    if (before === 'skip') session.replyMode = 'on';
    const outcome = dispatchSpecial(this.table, session.context, args, argc);
    if (before === 'skip' && outcome !== undefined) session.replyMode = 'skip';
    else if (before === 'skip' || session.replyMode === 'off') this.turn.out.at = began;
    this.turn.writeOwn();
    return outcome;
  }

  private mute(session: Session, began: number): void {
    this.turn.out.at = began;
    if (session.replyMode === 'skip') session.replyMode = 'on';
  }

  /** The turn's commands have run. */
  private commit(): void | Promise<void> {
    if (this.turnBeganMs !== 0) this.parts.turnTook(this.clock.refresh() - this.turnBeganMs);
    this.turnBeganMs = 0;
    return this.parts.engine.commit();
  }

  failed(failure: unknown): undefined {
    this.parts.node.broken('unknown', failure);
    this.turn.out.error('ERR internal error');
    return undefined;
  }

  left(session: Session): void {
    this.clients.remove(session);
    this.broker.gone(session);
    this.tracking.gone(session);
    session.watch?.end(this.parts.engine);
    session.watch = null;
    this.parts.engine.clientGone(session.id);
  }

  // --- connections -------------------------------------------------------------------------------------------------------

  /** Sockets come paused, so nothing is lost while they wait. */
  private welcome(socket: Socket): void {
    if (this.serving || this.early.length >= this.current.maxClients) this.accept(socket);
    else this.early.push(socket);
  }

  private accept(socket: Socket): void {
    this.counters.connectionsReceived++;
    const refusal = this.refusal(socket);
    if (refusal !== undefined) {
      this.counters.connectionsRejected++;
      socket.on('error', () => socket.destroy());
      socket.end(refusal, () => socket.destroy());
      return;
    }
    const address = addressOf(socket.remoteAddress, socket.remotePort);
    const session = new Session(this.clients.nextId(), this, address, addressOf(socket.localAddress, socket.localPort));
    const { engine, node } = this.parts;
    session.context = new Context(engine, this.turn.out, session, node, this.clock, this.table);
    this.clients.add(session);
    const wrapped = readShared(socket, (buf, bytes) => session.received(buf, bytes));
    session.attach(wrapped);
    wrapped.resume();
  }

  private refusal(socket: Socket): string | undefined {
    if (this.stopped) return '';
    if (this.clients.count >= this.current.maxClients) return TOO_MANY;
    if (this.current.protectedMode && !this.authRequired && !isLocal(socket.remoteAddress)) return PROTECTED;
    return undefined;
  }

  private checkDeadlines(): void {
    if (this.stopped) return;
    this.clock.refresh();
    this.deadlines.check();
    this.scheduler.after(DEADLINE_CHECK_MS, () => this.checkDeadlines());
  }
}

/** Only the loopback interface and unix sockets are local. */
function isLocal(address: string | undefined): boolean {
  if (address === undefined) return true;
  return address === '::1' || address.startsWith('127.') || address.startsWith('::ffff:127.');
}

function addressOf(host: string | undefined, port: number | undefined): string {
  if (host === undefined) return 'unix:0';
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
