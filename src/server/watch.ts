import type { Clock } from '../base/world';
import type { Context, Outcome, Reply } from '../commands/context';
import type { Command, Fast } from '../commands/framework/command';
import { Table } from '../commands/framework/table';
import type { Argument } from '../commands/framework/wire';
import { CommandCounts, type CommandRow } from '../monitoring/command-counts';
import type { LatencyLog } from '../monitoring/latency-log';
import type { CommandLatencies } from '../monitoring/measuring/command-latencies';
import type { SlowLog } from '../monitoring/slow-log';

/** Below this, commands flagged fast are timed one by one too. */
const FAST_TIMED_BELOW_US = 1000;

interface Kind {
  readonly row: CommandRow;
  /** Flagged fast, or quick enough to have a fast path. */
  readonly isFast: boolean;
  /** May wait for others as long as it likes. */
  readonly isBlocking: boolean;
}

/**
 * Counts and times commands by wrapping them once, when the table is made: a request pays for nothing that is not asked
 * for. Two clock readings cost 5 % of a GET, so of commands that count as fast only a sample is timed, and what has to wait,
 * unless the slow log wants to know of so short ones; whether all that came in one turn took long is measured once a turn
 * (`turnTook`).
 */
export class CommandWatch {
  readonly counts = new CommandCounts();
  private slowerThanUs = -1;
  private timesAll = false;
  /** Fast commands to the next one that is looked at, it included. */
  private untilTimed = 1;

  constructor(
    private readonly clock: Clock,
    private readonly slowLog: SlowLog,
    private readonly latency: LatencyLog,
    private readonly latencies: CommandLatencies,
  ) {
    this.untilTimed = latencies.sampling.left;
  }

  /** Microseconds from which on a command enters the slow log; -1: none does. */
  slowerThan(us: number): void {
    this.slowerThanUs = us;
    this.timesAll = us >= 0 && us < FAST_TIMED_BELOW_US;
    this.untilTimed = this.timesAll ? 0 : this.latencies.sampling.left;
  }

  /** The same commands, watched. */
  table(commands: Table): Table {
    const watched = new Table();
    for (const each of commands.list()) watched.add(this.watched(each));
    return watched;
  }

  turnTook(ms: number): void {
    this.latency.record('turn', ms);
  }

  private watched(command: Command): Command {
    const { fast, execute, children } = command;
    const isFast = fast !== undefined || command.flags.includes('fast');
    const kind = { row: this.counts.row(command.fullName), isFast, isBlocking: command.flags.includes('blocking') };
    return {
      ...command,
      ...(children && { children: this.table(children) }),
      execute: isFast ? this.counted(kind, execute) : this.timed(kind, execute),
      ...(fast && { fast: this.countedFast(kind, fast) }),
    };
  }

  private counted(kind: Kind, execute: Command['execute']): Command['execute'] {
    const { row } = kind;
    const timed = this.timed(kind, execute);
    return (ctx, args, argc) => {
      if (--this.untilTimed <= 0) {
        if (this.timesAll) return timed(ctx, args, argc);
        return this.sampled(kind, () => execute(ctx, args, argc));
      }
      row.calls++;
      const outcome = execute(ctx, args, argc);
      return outcome === undefined ? undefined : this.waited(kind, outcome, this.clock.fineMs());
    };
  }

  /** What a fast path leaves to `execute` is counted there. */
  private countedFast(kind: Kind, fast: Fast): Fast {
    const { row } = kind;
    return (ctx, args, argc) => {
      if (--this.untilTimed <= 0) return this.timesAll ? false : this.sampled(kind, () => fast(ctx, args, argc));
      row.calls++;
      const outcome = fast(ctx, args, argc);
      if (outcome === undefined || outcome === true) return outcome;
      if (outcome === false) {
        row.calls--;
        return false;
      }
      return this.waited(kind, outcome, this.clock.fineMs());
    };
  }

  /** Stands for others that are answered at once; what has to wait stands for itself, as all of its kind do. */
  private sampled<O extends Outcome | boolean>(kind: Kind, work: () => O): O {
    const began = this.clock.fineMs();
    const weight = this.latencies.sampling.next(began);
    // This one is over, and not counted in.
    this.untilTimed = this.latencies.sampling.left - 1;
    kind.row.calls++;
    const outcome = work();
    if (outcome === false) kind.row.calls--;
    else if (outcome instanceof Promise) this.waited(kind, outcome, began);
    else if (this.latencies.isOn) this.latencies.sampled(kind.row, this.clock.fineMs() - began, weight);
    return outcome;
  }

  /** The command waits for a layer or an origin: `began` is when it came, or hardly later. */
  private waited<O extends Promise<unknown>>(kind: Kind, outcome: O, began: number): O {
    if (!this.latencies.isOn || kind.isBlocking) return outcome;
    const done = () => this.latencies.timed(kind.row, this.clock.fineMs() - began);
    outcome.then(done, done);
    return outcome;
  }

  private timed(kind: Kind, execute: Command['execute']): Command['execute'] {
    return (ctx, args, argc) => {
      kind.row.calls++;
      const began = this.clock.fineMs();
      return this.part(kind, ctx, args, argc, 0, began, () => execute(ctx, args, argc));
    };
  }

  /**
   * Times what runs at once, after `beforeMs` of the same request; what is waited for keeps nobody else waiting and does not
   * count, but for the latency of the command that came at `cameMs`.
   */
  private part(
    kind: Kind,
    ctx: Context,
    args: readonly Argument[],
    argc: number,
    beforeMs: number,
    cameMs: number,
    work: () => Outcome,
  ): Outcome {
    const began = this.clock.fineMs();
    let outcome: Outcome;
    try {
      outcome = work();
    } catch (failure) {
      this.took(kind, ctx, args, argc, beforeMs + this.clock.fineMs() - began, cameMs);
      throw failure;
    }
    const tookMs = beforeMs + this.clock.fineMs() - began;
    if (outcome instanceof Promise) {
      return outcome.then(
        (reply): Reply =>
          () =>
            this.part(kind, ctx, args, argc, tookMs, cameMs, reply),
      );
    }
    this.took(kind, ctx, args, argc, tookMs, cameMs);
    return undefined;
  }

  private took(
    { row, isFast, isBlocking }: Kind,
    ctx: Context,
    args: readonly Argument[],
    argc: number,
    tookMs: number,
    cameMs: number,
  ): void {
    if (!isBlocking) this.latencies.timed(row, this.clock.fineMs() - cameMs);
    const tookUs = Math.round(tookMs * 1000);
    row.usec += tookUs;
    row.timedCalls++;
    this.latency.record(isFast ? 'fast-command' : 'command', tookMs);
    if (this.slowerThanUs < 0 || tookUs < this.slowerThanUs) return;
    const { client, clock } = ctx;
    const at = Math.floor((clock.now + clock.wallOffsetMs) / 1000);
    this.slowLog.add(row.name, { at, tookUs, address: client.address, name: client.name }, args, argc);
  }
}
