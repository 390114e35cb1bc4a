import type { ReplyWriter } from '../../protocol/reply-writer';
import type { Scheduler } from '../base/world';
import { confessions } from './undurable';

/** Whoever gets bytes written at the end of a turn. */
export interface TurnWriter {
  /** Sends `chunk`; true if the kernel took all of it, so that the memory may be reused. */
  send(chunk: Buffer): boolean;
  /** All of this turn's replies are handed over. */
  sent(): void;
  /** Ends the connection without a word. */
  destroy(): void;
}

/** Parts from this size on are not copied to be written together with others. */
const JOINED_BYTES_MAX = 16 * 1024;

/** Replies of one turn: run i of the arena goes to writer i. */
class Batch {
  readonly writers: TurnWriter[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Where there is a letter, it is what the writer gets, and start and end say nothing. */
  readonly letters: (Buffer | null)[] = [];
  hasLetters = false;

  add(writer: TurnWriter, start: number, end: number, letter: Buffer | null): void {
    this.writers.push(writer);
    this.starts.push(start);
    this.ends.push(end);
    this.letters.push(letter);
  }
}

/**
 * One turn of the event loop: replies of all connections are gathered in one arena and written in the check phase, one
 * write a connection, after what must be durable first is durable (`commit`). So the reader on the other side is woken
 * once, and one journal write serves every command of the turn.
 */
export class Turn {
  private batch = new Batch();
  private scheduled = false;
  private open: TurnWriter | null = null;
  private openAt = 0;
  /** The last batch still waiting for its commit; later ones queue behind it, so no connection's replies swap. */
  private waiting: Promise<void> | null = null;
  /** Batches waiting for their commit, oldest first. */
  private readonly held: Batch[] = [];
  /** For the client being served, to stand behind the reply of its command. */
  private readonly own: Buffer[] = [];
  /** Its messages wait: the reply of its transaction is half written, and they stand behind it. */
  heldFor: TurnWriter | null = null;
  /** Called before what was gathered is made durable: the last moment for messages of this turn. */
  beforeFlush: () => void = () => {};
  private readonly flushNow = () => this.flush();

  constructor(
    readonly out: ReplyWriter,
    private readonly scheduler: Scheduler,
    private readonly commit: () => void | Promise<void>,
    private readonly commitFailed: (failure: unknown) => void,
  ) {}

  /** From here on replies belong to `writer`. */
  begin(writer: TurnWriter, proto: 2 | 3): void {
    this.out.proto = proto;
    this.open = writer;
    this.openAt = this.out.at;
  }

  /** Bytes written since `begin`. */
  get openBytes(): number {
    return this.out.at - this.openAt;
  }

  /** Who is served now. */
  get served(): TurnWriter | null {
    return this.open;
  }

  /**
   * A message for a connection, in the order of its replies: at once where it is being served, unless it is to stand behind
   * the reply of its command. For others it may be on its way before the replies of whoever caused it.
   */
  post(writer: TurnWriter, letter: Buffer, after: boolean): void {
    if (writer === this.heldFor) {
      this.own.push(letter);
      return;
    }
    if (writer === this.open) {
      if (after) this.own.push(letter);
      else this.out.raw(letter);
      return;
    }
    this.batch.add(writer, 0, letter.length, letter);
    this.batch.hasLetters = true;
    this.wake();
  }

  /** The command is answered: what was to stand behind its reply follows. */
  writeOwn(): void {
    if (this.heldFor !== null) return;
    for (const letter of this.own.splice(0)) this.out.raw(letter);
  }

  /** There will be a flush. */
  wake(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    this.scheduler.soon(this.flushNow);
  }

  /** Replies of this connection end here, for now. */
  end(): void {
    if (this.own.length > 0) this.writeOwn();
    const { open, openAt, batch } = this;
    const at = this.out.at;
    this.open = null;
    if (at === openAt || open === null) return;
    const last = batch.writers.length - 1;
    const goesOn = last >= 0 && batch.writers[last] === open && batch.ends[last] === openAt;
    if (goesOn && batch.letters[last] === null) batch.ends[last] = at;
    else batch.add(open, openAt, at, null);
    this.wake();
  }

  /** Are there replies of this connection that are not on their way yet? */
  gathers(writer: TurnWriter): boolean {
    return this.batch.writers.includes(writer) || this.held.some((batch) => batch.writers.includes(writer));
  }

  /** Writes what was gathered, now or as soon as it is durable. */
  flush(): void {
    this.beforeFlush();
    this.scheduled = false;
    const { batch, out } = this;
    if (batch.writers.length === 0) return;
    let durable: void | Promise<void>;
    try {
      durable = this.commit();
    } catch (failure) {
      durable = Promise.reject(failure);
    }
    this.batch = new Batch();
    if (durable === undefined && this.waiting === null) {
      if (this.write(batch, out.buf)) out.reset();
      else out.renew();
      for (const writer of batch.writers) writer.sent();
      return;
    }
    const arena = out.buf;
    out.renew();
    this.hold(batch, arena, durable);
  }

  private hold(batch: Batch, arena: Buffer, durable: void | Promise<void>): void {
    const before = this.waiting;
    this.held.push(batch);
    const written = Promise.allSettled([durable, before]).then(([outcome]) => {
      this.held.shift();
      if (outcome.status === 'fulfilled') this.write(batch, arena);
      else this.refuse(batch, arena, outcome.reason);
      for (const writer of batch.writers) writer.sent();
    });
    this.waiting = written;
    void written.then(() => {
      if (this.waiting === written) this.waiting = null;
    });
  }

  /** No reply may say OK for what is not durable. Who asked for what in this turn is not known any more: all are told. */
  private refuse({ writers, starts, ends, letters }: Batch, arena: Buffer, failure: unknown): void {
    this.commitFailed(failure);
    for (let i = 0; i < writers.length; i++) {
      const letter = letters[i]!;
      if (letter !== null) {
        writers[i]!.send(letter);
        continue;
      }
      const errors = confessions(arena, starts[i]!, ends[i]!);
      if (errors === null) writers[i]!.destroy();
      else writers[i]!.send(errors);
    }
  }

  private write(batch: Batch, arena: Buffer): boolean {
    if (batch.hasLetters) return this.writeMixed(batch, arena);
    const { writers, starts, ends } = batch;
    let taken = true;
    for (let i = 0; i < writers.length; i++) if (!writers[i]!.send(arena.subarray(starts[i], ends[i]))) taken = false;
    return taken;
  }

  /** With messages among the replies: everything for one connection together, in its order. */
  private writeMixed({ writers, starts, ends, letters }: Batch, arena: Buffer): boolean {
    const parts = new Map<TurnWriter, Buffer[]>();
    for (let i = 0; i < writers.length; i++) {
      const part = letters[i] ?? arena.subarray(starts[i], ends[i]);
      const known = parts.get(writers[i]!);
      if (known === undefined) parts.set(writers[i]!, [part]);
      else known.push(part);
    }
    let taken = true;
    for (const [writer, all] of parts) for (const chunk of joined(all)) if (!writer.send(chunk)) taken = false;
    return taken;
  }
}

/** Small parts in one piece; large ones, which many connections may share, as they are. */
function joined(parts: readonly Buffer[]): Buffer[] {
  if (parts.length === 1) return [parts[0]!];
  const chunks: Buffer[] = [];
  let small: Buffer[] = [];
  const close = () => {
    if (small.length > 0) chunks.push(small.length === 1 ? small[0]! : Buffer.concat(small));
    small = [];
  };
  for (const part of parts) {
    if (part.length < JOINED_BYTES_MAX) small.push(part);
    else {
      close();
      chunks.push(part);
    }
  }
  close();
  return chunks;
}
