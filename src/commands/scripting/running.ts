import { Fault } from '../../base/fault';
import type { ScriptEnd, ScriptMachine } from '../../scripting/machine';
import type { Answer, LogLevel, ScriptHost } from '../../scripting/redis-library';
import type { Script } from '../../scripting/scripts';
import { writeReply } from '../../scripting/to-reply';
import type { Context, Outcome, Reply } from '../context';
import type { Command } from '../framework/command';
import { perform } from '../framework/dispatch';
import { Argument } from '../framework/wire';
import { commandOf, performShown } from '../special';

const UNKNOWN = { error: 'ERR Unknown Redis command called from script' };
const WRONG_ARITY = { error: 'ERR Wrong number of args calling Redis command from script' };
const NOT_ALLOWED = { error: 'ERR This Redis command is not allowed from script' };
const NO_WRITES = { error: 'ERR Write commands are not allowed from read-only scripts.' };

/** What others take away again and again is not chased forever: then the script waits alone. */
const TRIES_MAX = 3;

export interface Request {
  readonly script: Script;
  readonly keys: readonly Argument[];
  readonly argv: readonly Argument[];
  readonly isReadOnly: boolean;
}

/**
 * Runs a script in one go, once the keys it names are in memory. Where it asks for a key that it did not name and that is
 * not there, it stands still and nobody else is served until it has ended.
 */
export function runScript(ctx: Context, request: Request, triesLeft = TRIES_MAX): Outcome {
  if (!ctx.inTransaction && triesLeft > 0) {
    const waits = preparation(ctx, request.keys);
    if (waits !== undefined) return waits.then(() => () => runScript(ctx, request, triesLeft - 1));
  }
  const run = new ScriptRun(ctx, request);
  return run.start();
}

function preparation({ engine, client }: Context, keys: readonly Argument[]): undefined | Promise<unknown> {
  const { transacting } = engine;
  if (keys.length === 0 || !transacting.mayWait) return undefined;
  const waits: Promise<unknown>[] = [];
  for (const key of keys) {
    const waiting = transacting.bring(client.db, key, 'load');
    if (waiting !== undefined) waits.push(waiting);
  }
  return waits.length === 0 ? undefined : Promise.all(waits);
}

class ScriptRun implements ScriptHost {
  private readonly machine: ScriptMachine;
  private readonly db: number;
  /** In an EXEC, which sees to it that nobody else is served. */
  private readonly isNested: boolean;
  private isAlone = false;

  constructor(
    private readonly ctx: Context,
    private readonly request: Request,
  ) {
    this.machine = ctx.node.scripts.machine;
    this.db = ctx.client.db;
    this.isNested = ctx.inTransaction;
  }

  start(): Outcome {
    const { script, keys, argv } = this.request;
    const compiled = this.ctx.node.scripts.compiled(script);
    return this.within(() => this.machine.run(compiled, keys.map(copied), argv.map(copied), this));
  }

  // --- what the script asks for ----------------------------------------------------------------------------------------

  call(words: readonly Uint8Array[], proto: 2 | 3): Answer {
    const args = words.map(argumentOf);
    const command = commandOf(this.ctx.table, args);
    if (command === undefined) return UNKNOWN;
    if (!fits(command, args.length)) return WRONG_ARITY;
    const { flags } = command;
    if (flags.includes('noscript') || flags.includes('blocking')) return NOT_ALLOWED;
    if (this.request.isReadOnly && flags.includes('write')) return NO_WRITES;
    return this.perform(command, args, proto);
  }

  mayCall(words: readonly Uint8Array[]): boolean | undefined {
    const args = words.map(argumentOf);
    const command = commandOf(this.ctx.table, args);
    return command !== undefined && fits(command, args.length) ? true : undefined;
  }

  log(level: LogLevel, message: string): void {
    this.ctx.node.scriptLogged(level, message);
  }

  // --- running ---------------------------------------------------------------------------------------------------------

  private perform(command: Command, args: readonly Argument[], proto: 2 | 3): Answer {
    const { ctx } = this;
    const { out, client } = ctx;
    const began = out.at;
    const before = out.proto;
    out.proto = proto;
    const waits =
      client.tracking === null
        ? perform(command, ctx, args, args.length)
        : performShown(command, ctx, args, args.length);
    out.proto = before;
    return waits === undefined ? this.taken(began) : waits.then((reply) => this.later(reply, proto));
  }

  /** The reply is the script's, not the client's. */
  private taken(began: number): Answer {
    const { out } = this.ctx;
    const answer = { buf: out.buf, at: began };
    out.at = began;
    return answer;
  }

  /** The reply is written when the script goes on: it is wrapped up until then. */
  private later(reply: Reply, proto: 2 | 3): Answer | Promise<Answer> {
    return new LateAnswer(() => {
      const { out } = this.ctx;
      const began = out.at;
      const before = out.proto;
      out.proto = proto;
      const again = reply();
      out.proto = before;
      return again instanceof Promise ? again.then((next) => this.later(next, proto)) : this.taken(began);
    }) as unknown as Answer;
  }

  private within(step: () => ScriptEnd): Outcome {
    const { ctx } = this;
    const { transacting } = ctx.engine;
    const isInside = ctx.inTransaction;
    transacting.begin();
    ctx.inTransaction = true;
    let end: ScriptEnd;
    try {
      end = step();
    } catch (failure) {
      this.ended();
      throw failure;
    } finally {
      if (!isInside) transacting.end();
      ctx.inTransaction = isInside;
    }
    return 'until' in end ? this.wait(end.until) : this.finish(end);
  }

  private wait(until: Promise<Answer>): Outcome {
    const { ctx } = this;
    if (!this.isNested && !this.isAlone) ctx.node.exclusion.begin(ctx.client);
    this.isAlone = true;
    const beganMs = ctx.clock.fineMs();
    return until.then(
      (answer): Reply =>
        () => {
          if (!(answer instanceof LateAnswer)) return this.goOn(answer, beganMs);
          const taken = this.withoutLoads(() => answer.take());
          return taken instanceof Promise ? this.wait(taken) : this.goOn(taken, beganMs);
        },
    );
  }

  private goOn(answer: Answer, beganMs: number): Outcome {
    return this.within(() => this.machine.resume(answer, this.ctx.clock.fineMs() - beganMs));
  }

  private withoutLoads<T>(step: () => T): T {
    const { transacting } = this.ctx.engine;
    transacting.begin();
    try {
      return step();
    } finally {
      transacting.end();
    }
  }

  private finish(end: Exclude<ScriptEnd, { until: unknown }>): void {
    this.ended();
    if ('error' in end) throw new Fault(end.error);
    writeReply(this.ctx.out, end.value, end.proto);
  }

  private ended(): void {
    const { ctx } = this;
    ctx.client.db = this.db;
    if (this.isAlone && !this.isNested) ctx.node.exclusion.end(ctx.client);
    this.isAlone = false;
  }
}

/** A reply that is written only in the moment in which the script goes on. */
class LateAnswer {
  constructor(readonly take: () => Answer) {}
}

function fits({ arity }: Command, argc: number): boolean {
  return arity > 0 ? argc === arity : argc >= -arity;
}

/** Strings of Lua are not changed, but the request's buffer is. */
function copied({ buf, start, end }: Argument): Uint8Array {
  return new Uint8Array(buf.subarray(start, end));
}

function argumentOf(bytes: Uint8Array): Argument {
  const word = new Argument();
  word.buf = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  word.end = bytes.length;
  return word;
}
