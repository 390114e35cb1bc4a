import { Fault } from '../base/fault';
import type { Context, Outcome, Reply } from './context';
import type { Command } from './framework/command';
import { answerFailure, childOf, perform, unknownCommand } from './framework/dispatch';
import { NOAUTH, wrongArity } from './framework/faults';
import { findKeys } from './framework/key-specs';
import type { Table } from './framework/table';
import type { Argument } from './framework/wire';
import { checkSubscriber } from './pubsub/subscriber-mode';
import { endTransaction, queues } from './transaction/transaction';

/**
 * As `dispatch`, for clients whose requests do not simply run: in a transaction, with subscriptions, tracking what they read.
 */
export function dispatchSpecial(
  table: Table,
  ctx: Context,
  args: readonly Argument[],
  argc: number,
): undefined | Promise<Reply> {
  const began = ctx.out.at;
  let command = table.find(args[0]!);
  try {
    if (command === undefined) return unknownCommand(ctx, args, argc);
    if (command.children !== undefined && argc > 1) command = childOf(command, args);
    const { arity } = command;
    if (arity > 0 ? argc !== arity : argc < -arity) throw wrongArity(command.fullName);
    if (!ctx.client.authenticated && !command.flags.includes('no_auth')) throw NOAUTH;
    ctx.client.lastCommand = command.fullName;
    checkSubscriber(ctx.client, command);
    if (queues(command, ctx, args, argc)) return undefined;
  } catch (failure) {
    ctx.out.at = began;
    answerFailure(ctx, command?.fullName ?? 'unknown', refused(ctx, command, failure));
    return undefined;
  }
  const { tracking } = ctx.client;
  if (tracking === null) return perform(command, ctx, args, argc);
  const outcome = performShown(command, ctx, args, argc);
  // Whoever said CLIENT CACHING said it of one command.
  if (!command.fullName.startsWith('client|') && ctx.client.transaction === null) tracking.caching = false;
  return outcome;
}

/** A request that cannot be queued ends the transaction: with EXEC, and at once if it is EXEC itself. */
function refused(ctx: Context, command: Command | undefined, failure: unknown): unknown {
  const { transaction } = ctx.client;
  if (transaction === null) return failure;
  if (command?.name !== 'exec' || !(failure instanceof Fault)) {
    transaction.abort();
    return failure;
  }
  endTransaction(ctx);
  return new Fault(`EXECABORT Transaction discarded because of: ${failure.reply.replace(/^ERR /, '')}`);
}

/** What a request names, if anything. */
export function commandOf(table: Table, args: readonly Argument[]): Command | undefined {
  const command = table.find(args[0]!);
  return command?.children === undefined || args.length < 2 ? command : command.children.find(args[1]!);
}

/** Runs a command of a client that tracks: it will be told when what it was shown changes. */
export function performShown(
  command: Command,
  ctx: Context,
  args: readonly Argument[],
  argc: number,
): undefined | Promise<Reply> {
  const { tracking, db } = ctx.client;
  if (tracking === null || !tracking.isShown || !command.flags.includes('readonly')) {
    return perform(command, ctx, args, argc);
  }
  const { epoch } = ctx.engine;
  const outcome = perform(command, ctx, args, argc);
  const eachKey = (each: (key: Argument) => void) => {
    for (const { index, flags } of findKeys(command.keySpecs, args, argc)) {
      if (!flags.includes('not_key')) each(args[index]!);
    }
  };
  if (outcome === undefined) eachKey((key) => tracking.shown(db, key));
  else return outcome.then((reply) => noting(reply, () => eachKey((key) => tracking.shownLate(db, key, epoch))));
  return undefined;
}

/** The reply, and `note` in the moment in which it is written. */
function noting(reply: Reply, note: () => void): Reply {
  return (): Outcome => {
    const again = reply();
    if (again instanceof Promise) return again.then((next) => noting(next, note));
    note();
  };
}
