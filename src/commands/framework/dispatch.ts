import { latin1Of } from '../../base/bytes';
import { Fault } from '../../base/fault';
import type { Context } from '../context';
import type { Command } from './command';
import { NOAUTH, oneLine, untilNul, wrongArity } from './faults';
import type { Outcome, Reply } from './outcome';
import type { Table } from './table';
import type { Argument } from './wire';

/** An unknown command's name and arguments are quoted this far. */
const QUOTED_CHARS_MAX = 128;
const INTERNAL = 'ERR internal error';

/** What a browser sends first when it is made to talk to us. */
const HTTP_WORDS = new Set(['post', 'host:']);

/**
 * Runs one request: finds its command, checks it, and leaves its reply in `ctx.out`, or promises it. Never throws, and the
 * promise is never rejected: what goes wrong is an error reply, and what was written of another before it is taken back.
 */
export function dispatch(
  table: Table,
  ctx: Context,
  args: readonly Argument[],
  argc: number,
): undefined | Promise<Reply> {
  const { out } = ctx;
  const began = out.at;
  let command = table.find(args[0]!);
  try {
    if (command === undefined) return unknownCommand(ctx, args, argc);
    if (command.children !== undefined && argc > 1) command = childOf(command, args);
    const { arity } = command;
    if (arity > 0 ? argc !== arity : argc < -arity) throw wrongArity(command.fullName);
    if (!ctx.client.authenticated && !command.flags.includes('no_auth')) throw NOAUTH;
    ctx.client.lastCommand = command.fullName;
    const outcome = run(command, ctx, args, argc);
    return outcome instanceof Promise ? guarded(ctx, command.fullName, outcome) : undefined;
  } catch (failure) {
    out.at = began;
    answerFailure(ctx, command?.fullName ?? 'unknown', failure);
    return undefined;
  }
}

/** Runs a command whose request has been checked; what goes wrong is its error reply. */
export function perform(
  command: Command,
  ctx: Context,
  args: readonly Argument[],
  argc: number,
): undefined | Promise<Reply> {
  const began = ctx.out.at;
  try {
    const outcome = run(command, ctx, args, argc);
    return outcome instanceof Promise ? guarded(ctx, command.fullName, outcome) : undefined;
  } catch (failure) {
    ctx.out.at = began;
    answerFailure(ctx, command.fullName, failure);
    return undefined;
  }
}

function run(command: Command, ctx: Context, args: readonly Argument[], argc: number): Outcome {
  if (command.fast !== undefined) {
    const outcome = command.fast(ctx, args, argc);
    if (outcome !== false) return outcome === true ? undefined : outcome;
  }
  return command.execute(ctx, args, argc);
}

/** The promised reply, whose own faults become error replies too, now or after it waited again. */
function guarded(ctx: Context, name: string, waiting: Promise<Reply>): Promise<Reply> {
  return waiting.then(
    (reply) => () => attempt(ctx, name, reply),
    (failure: unknown) => () => answerFailure(ctx, name, failure),
  );
}

function attempt(ctx: Context, name: string, reply: Reply): Outcome {
  const began = ctx.out.at;
  try {
    const outcome = reply();
    return outcome instanceof Promise ? guarded(ctx, name, outcome) : undefined;
  } catch (failure) {
    ctx.out.at = began;
    return answerFailure(ctx, name, failure);
  }
}

export function answerFailure(ctx: Context, name: string, failure: unknown): void {
  const isFault = failure instanceof Fault;
  if (!isFault) ctx.node.broken(name, failure);
  const line = isFault ? oneLine(failure.reply) : INTERNAL;
  ctx.out.error(line);
  ctx.node.errorReplied(name, line);
}

/** The subcommand that `args` names. Throws Fault. */
export function childOf(command: Command, args: readonly Argument[]): Command {
  const child = command.children!.find(args[1]!);
  if (child !== undefined) return child;
  const quoted = untilNul(latin1Of(args[1]!)).slice(0, QUOTED_CHARS_MAX);
  throw new Fault(`ERR unknown subcommand '${quoted}'. Try ${command.name.toUpperCase()} HELP.`);
}

/** Throws the Fault that says so; a browser is cut off. */
export function unknownCommand(ctx: Context, args: readonly Argument[], argc: number): undefined {
  const name = untilNul(latin1Of(args[0]!));
  if (HTTP_WORDS.has(name.toLowerCase())) {
    ctx.node.httpRefused(ctx.client.address);
    ctx.client.close();
    return undefined;
  }
  let quoted = '';
  for (let i = 1; i < argc && quoted.length < QUOTED_CHARS_MAX; i++) {
    quoted += `'${untilNul(latin1Of(args[i]!)).slice(0, QUOTED_CHARS_MAX - quoted.length)}' `;
  }
  throw new Fault(`ERR unknown command '${name.slice(0, QUOTED_CHARS_MAX)}', with args beginning with: ${quoted}`);
}
