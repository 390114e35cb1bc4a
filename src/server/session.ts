import type { Socket } from 'node:net';
import { MORE, REQUEST, RequestReader } from '../../protocol/request-reader';
import type { Context, Reply } from '../commands/context';
import type { ConnectedClient, ReplyMode } from '../commands/node';
import type { Subscriptions } from '../commands/pubsub/hub';
import type { Tracking } from '../commands/server/client/tracking-state';
import type { Transaction } from '../commands/transaction/transaction';
import type { Watch } from '../commands/transaction/watched-keys';
import { DirectWriter } from './direct-write';
import type { Serving } from './serving';
import type { TurnWriter } from './turn';

/** No connection holds the loop longer than this many commands or this many milliseconds, whichever comes first. */
const COMMANDS_PER_SLICE = 256;
const SLICE_MS = 1;
/** The clock is read once in this many commands (a power of two). */
const COMMANDS_PER_CLOCK = 16;
/** The kernel has all of the last replies: the other side has this long to read them before the socket is destroyed. */
const LINGER_MS = 1000;
/** The kernel does not take all of the last replies, since the client does not read: this long is waited for it. */
const LAST_REPLIES_MS = 60_000;

/**
 * One client. Bytes come in, requests are run one after another, replies go into the turn. A request that waits pauses
 * only this connection: nothing is read or run until its reply is written, so replies cannot be reordered.
 */
export class Session implements ConnectedClient, TurnWriter {
  db = 0;
  proto: 2 | 3 = 2;
  name = '';
  libName = '';
  libVersion = '';
  authenticated: boolean;
  noEvict = false;
  noTouch = false;
  transaction: Transaction | null = null;
  watch: Watch | null = null;
  subscriptions: Subscriptions | null = null;
  tracking: Tracking | null = null;
  /** Its requests do not simply run and answer: see `Server.runSpecial`. */
  isSpecial = false;
  private mode: ReplyMode = 'on';
  lastCommand = '';
  readonly createdAtMs: number;
  lastActiveAtMs: number;
  commands = 0;
  bytesIn = 0;
  bytesOut = 0;
  /** When the unread half of a request began to wait for its rest; 0 when there is none. */
  halfSinceMs = 0;
  /** When the unsent output passed the soft limit; 0 when below. */
  softLimitSinceMs = 0;
  closed = false;

  context!: Context;
  private readonly reader: RequestReader;
  private waiting = false;
  private resting = false;
  private blocked = false;
  private ending = false;
  private paused = false;
  /** When the last replies were handed over and the connection began to close; 0 before it. */
  private endedAtMs = 0;
  private socket!: Socket;
  private direct: DirectWriter | null = null;

  constructor(
    readonly id: number,
    private readonly serving: Serving,
    readonly address: string,
    readonly localAddress: string,
  ) {
    this.reader = new RequestReader(serving.limits);
    this.authenticated = !serving.authRequired;
    this.reader.authenticated = this.authenticated;
    this.createdAtMs = this.lastActiveAtMs = serving.clock.now;
  }

  attach(socket: Socket): void {
    this.socket = socket;
    this.direct = DirectWriter.of(socket, (failed) => (failed ? this.destroy() : this.drained()));
    socket.setNoDelay(true);
    if (this.serving.keepAliveMs > 0) socket.setKeepAlive(true, this.serving.keepAliveMs);
    socket.on('end', () => this.hungUp());
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.destroy());
    socket.on('drain', () => this.drained());
  }

  /** Bytes from the shared read buffer, lent until this returns. False: read no more for now. */
  received(buf: Buffer, bytes: number): boolean {
    if (this.closed || this.ending) return true;
    this.bytesIn += bytes;
    this.serving.counters.netInputBytes += bytes;
    this.reader.feed(buf, 0, bytes);
    if (!this.waiting && !this.resting && !this.blocked) this.work();
    if (this.closed) return false;
    this.reader.release();
    this.noteHalf();
    this.paused = this.waiting || this.resting || this.blocked;
    return !this.paused;
  }

  /** Notes since when the rest of a request is awaited; what waits because it is not its turn yet is no half request. */
  private noteHalf(): void {
    const isHalf = this.reader.pendingBytes > 0 && !this.waiting && !this.resting && !this.blocked;
    this.halfSinceMs = isHalf ? this.halfSinceMs || this.serving.clock.now : 0;
  }

  // --- what commands may do to their client -------------------------------------------------------------------------

  get replyMode(): ReplyMode {
    return this.mode;
  }
  set replyMode(mode: ReplyMode) {
    this.mode = mode;
    this.modesChanged();
  }

  modesChanged(): void {
    const { mode, transaction, subscriptions, tracking } = this;
    this.isSpecial = mode !== 'on' || transaction !== null || subscriptions !== null || tracking !== null;
  }

  authenticate(): void {
    this.authenticated = true;
    this.reader.authenticated = true;
  }

  forgetReplyMode(): void {
    this.replyMode = 'on';
  }

  deauthenticate(): void {
    this.authenticated = false;
    this.reader.authenticated = false;
  }

  /** Lets the client go as soon as what it asked is answered. */
  finishSoon(): void {
    this.ending = true;
    if (!this.waiting) this.finish();
  }

  /** Ends the connection once the replies so far are written. */
  closeAfterReply(): void {
    this.ending = true;
  }

  /** Ends the connection now, without a word. */
  close(): void {
    this.destroy();
  }

  get outputBytes(): number {
    return this.closed ? 0 : this.socket.writableLength + (this.direct?.pendingBytes ?? 0);
  }

  get queryBytes(): number {
    return this.reader.pendingBytes;
  }

  get isWaiting(): boolean {
    return this.waiting;
  }

  // --- running requests ----------------------------------------------------------------------------------------------

  private work(): void {
    const { reader, serving } = this;
    if (serving.isHeldBack(this)) {
      this.standBack();
      return;
    }
    const { turn, clock } = serving;
    const began = clock.refresh();
    this.lastActiveAtMs = began;
    turn.begin(this, this.proto);
    let count = 0;
    for (;;) {
      if ((count & (COMMANDS_PER_CLOCK - 1)) === 0) serving.lookAhead(this, reader);
      const state = reader.next();
      if (state !== REQUEST) {
        if (state !== MORE) this.broken();
        break;
      }
      const waits = serving.run(this, reader.args, reader.argc);
      count++;
      if (waits !== undefined) {
        this.wait(waits);
        break;
      }
      if (this.ending || this.closed) break;
      if (turn.openBytes > serving.outputPauseBytes || count >= COMMANDS_PER_SLICE) {
        this.rest();
        break;
      }
      if ((count & (COMMANDS_PER_CLOCK - 1)) === 0 && clock.refresh() - began > SLICE_MS) {
        this.rest();
        break;
      }
    }
    this.commands += count;
    // Whole requests came: the half one that follows them, if any, has only begun.
    if (count > 0) this.halfSinceMs = 0;
    turn.end();
    if (this.ending) this.finish();
  }

  /** Others first; this connection goes on in a later turn. */
  private rest(): void {
    if (!this.reader.hasUnread) return;
    this.resting = true;
    this.serving.scheduler.soon(() => {
      this.resting = false;
      if (!this.closed && !this.blocked) this.goOn();
    });
  }

  /** Somebody else is served alone; this connection goes on when that is over. */
  private standBack(): void {
    this.resting = true;
    this.serving.whenAll(() => {
      this.resting = false;
      if (!this.closed && !this.blocked) this.goOn();
    });
  }

  private wait(waits: Promise<Reply>): void {
    this.waiting = true;
    this.reader.detach();
    waits.then(
      (reply) => this.answer(reply),
      (failure: unknown) => this.answer(() => this.serving.failed(failure)),
    );
  }

  private answer(reply: Reply): void {
    const { serving } = this;
    if (serving.isHeldBack(this)) {
      serving.whenAll(() => this.answer(reply));
      return;
    }
    if (this.closed) {
      this.finishUnheard(reply);
      return;
    }
    serving.clock.refresh();
    serving.turn.begin(this, this.proto);
    const again = serving.reply(this, reply);
    serving.turn.end();
    if (again !== undefined) {
      again.then(
        (next) => this.answer(next),
        (failure: unknown) => this.answer(() => this.serving.failed(failure)),
      );
      return;
    }
    this.waiting = false;
    if (this.ending) this.finish();
    else if (!this.blocked) this.goOn();
  }

  /** A transaction is carried out to its end, though nobody is there to hear of it. */
  private finishUnheard(reply: Reply): void {
    const { serving } = this;
    if (serving.alone !== this) return;
    const began = serving.turn.out.at;
    const again = reply();
    serving.turn.out.at = began;
    if (again instanceof Promise)
      again.then(
        (next) => this.finishUnheard(next),
        () => serving.exclusion.end(this),
      );
  }

  /** Runs what was read but not run; then reads on. */
  private goOn(): void {
    if (this.reader.hasUnread) this.work();
    if (this.closed || this.ending) return;
    this.reader.release();
    this.noteHalf();
    if (this.paused && !this.waiting && !this.resting && !this.blocked) {
      this.paused = false;
      this.socket.resume();
    }
  }

  private broken(): void {
    const { serving, reader } = this;
    if (reader.error === '') {
      serving.counters.queryBufferDisconnections++;
      this.destroy();
      return;
    }
    serving.counters.protocolErrors++;
    serving.turn.out.error(reader.error);
    serving.counters.errorReplies++;
    this.ending = true;
  }

  /** The last reply is in the turn: close after it is written. */
  private finish(): void {
    this.ending = true;
    if (!this.serving.turn.gathers(this)) this.endSocket();
  }

  private endSocket(): void {
    if (this.closed || this.endedAtMs > 0) return;
    this.endedAtMs = this.serving.clock.now;
    this.socket.end();
    this.linger();
  }

  /** A client that is slow to read still gets its last replies, but not for ever. */
  private linger(): void {
    const { scheduler, clock } = this.serving;
    scheduler.after(LINGER_MS, () => {
      if (this.outputBytes === 0 || clock.refresh() - this.endedAtMs > LAST_REPLIES_MS) this.destroy();
      else this.linger();
    });
  }

  // --- writing ---------------------------------------------------------------------------------------------------------

  send(chunk: Buffer): boolean {
    if (this.closed) return true;
    this.bytesOut += chunk.length;
    this.lastActiveAtMs = this.serving.clock.now;
    this.serving.counters.netOutputBytes += chunk.length;
    if (this.direct === null) this.socket.write(chunk);
    else if (!this.direct.write(chunk)) {
      this.destroy();
      return true;
    }
    const queued = this.outputBytes;
    if (queued === 0) return true;
    this.overflow(queued);
    return false;
  }

  sent(): void {
    if (this.ending && !this.serving.turn.gathers(this)) this.endSocket();
  }

  /** The client does not read: stop serving it at the pause size, let it go at its limit. */
  private overflow(queued: number): void {
    const { serving } = this;
    const { hardBytes, softBytes } = serving.outputLimits(this.subscriptions !== null);
    if (queued > hardBytes || (!this.authenticated && queued > serving.outputUnauthenticatedBytes)) {
      serving.counters.outputBufferDisconnections++;
      this.destroy();
      return;
    }
    if (queued > softBytes) this.softLimitSinceMs ||= serving.clock.now;
    if (queued > serving.outputPauseBytes) {
      this.blocked = true;
      if (!this.paused) {
        this.paused = true;
        this.socket.pause();
      }
    }
  }

  private drained(): void {
    this.softLimitSinceMs = 0;
    this.lastActiveAtMs = this.serving.clock.now;
    if (!this.blocked || this.closed) return;
    this.blocked = false;
    if (!this.waiting && !this.resting && !this.ending) this.goOn();
  }

  private hungUp(): void {
    if (this.waiting || this.resting || this.blocked || this.serving.turn.gathers(this)) this.ending = true;
    else this.endSocket();
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.destroy();
    this.serving.left(this);
  }
}
