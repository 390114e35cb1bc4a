import { Fault } from '../../base/fault';
import type { Context } from '../context';
import type { Command } from '../framework/command';
import { Argument } from '../framework/wire';
import type { TransactionLimits } from '../node';

/** About what a queued command and each of its words take beside their bytes. */
const COMMAND_BYTES = 120;
const WORD_BYTES = 64;

export interface Queued {
  readonly args: readonly Argument[];
}

/** What a client asked since MULTI, in order, each request copied into one piece of memory. */
export class Transaction {
  private queued: Queued[] = [];
  /** Held for it. */
  bytes = 0;
  /** A request was refused: EXEC will be, too. */
  isAborted = false;

  constructor(private readonly limits: TransactionLimits) {}

  get queue(): readonly Queued[] {
    return this.queued;
  }

  get length(): number {
    return this.queued.length;
  }

  /** Throws Fault at a limit. */
  add(args: readonly Argument[], argc: number): void {
    // Nothing of it will ever run.
    if (this.isAborted) return;
    let size = 0;
    for (let i = 0; i < argc; i++) size += args[i]!.end - args[i]!.start;
    this.bytes += size + COMMAND_BYTES + argc * WORD_BYTES;
    const { commandsMax, queueBytesMax } = this.limits;
    if (this.queued.length >= commandsMax) throw tooLong('multi-queue-commands-max', commandsMax);
    if (this.bytes > queueBytesMax) throw tooLong('multi-queue-size-max', queueBytesMax);
    this.queued.push({ args: copied(args, argc, size) });
  }

  abort(): void {
    this.isAborted = true;
    this.queued = [];
    this.bytes = 0;
  }
}

function tooLong(setting: string, limit: number): Fault {
  return new Fault(`ERR the transaction is too long (${setting} ${limit})`);
}

function copied(args: readonly Argument[], argc: number, size: number): Argument[] {
  const buf = Buffer.allocUnsafeSlow(size);
  const words: Argument[] = [];
  let at = 0;
  for (let i = 0; i < argc; i++) {
    const { buf: from, start, end } = args[i]!;
    const word = new Argument();
    word.buf = buf;
    word.start = at;
    at += from.copy(buf, at, start, end);
    word.end = at;
    words.push(word);
  }
  return words;
}

/** Answers at once, inside a transaction too. */
const AT_ONCE = new Set(['multi', 'exec', 'discard', 'watch', 'quit', 'reset']);

const NOT_IN_MULTI = new Fault('ERR Command not allowed inside a transaction');

/** Queues the request if its client is in a transaction. Throws Fault where the command may not be in one. */
export function queues(command: Command, ctx: Context, args: readonly Argument[], argc: number): boolean {
  const { transaction } = ctx.client;
  if (transaction === null || AT_ONCE.has(command.name)) return false;
  if (command.flags.includes('no_multi')) throw NOT_IN_MULTI;
  transaction.add(args, argc);
  ctx.out.simple('QUEUED');
  return true;
}

/** The client watches nothing any more. */
export function unwatchAll({ client, engine }: Context): void {
  if (client.watch === null) return;
  client.watch.end(engine);
  client.watch = null;
}

/** Nor is it in a transaction. */
export function endTransaction(ctx: Context): void {
  unwatchAll(ctx);
  ctx.client.transaction = null;
  ctx.client.modesChanged();
}
