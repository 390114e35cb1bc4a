import type { Clock } from '../base/world';
import type { Context, Outcome, Reply } from '../commands/context';
import type { Command, Fast } from '../commands/framework/command';
import { Table } from '../commands/framework/table';
import type { Argument } from '../commands/framework/wire';
import { CommandCounts, type CommandRow } from '../monitoring/command-counts';
import type { LatencyLog } from '../monitoring/latency-log';
import type { SlowLog } from '../monitoring/slow-log';

/** Below this, commands flagged fast are timed one by one too. */
const FAST_TIMED_BELOW_US = 1000;

interface Kind {
  readonly row: CommandRow;
  /** Flagged fast, or quick enough to have a fast path. */
  readonly isFast: boolean;
}

/**
 * Counts and times commands by wrapping them once, when the table is made: a request pays for nothing that is not asked
 * for. Two clock readings cost 5 % of a GET, so a command that counts as fast is only counted, unless the slow log wants to
 * know of so short ones; whether all that came in one turn took long is measured once a turn (`turnTook`).
 */
export class CommandWatch {
  readonly counts = new CommandCounts();
  private slowerThanUs = -1;
  private timesAll = false;

  constructor(
    private readonly clock: Clock,
    private readonly slowLog: SlowLog,
    private readonly latency: LatencyLog,
  ) {}

  /** Microseconds from which on a command enters the slow log; -1: none does. */
  slowerThan(us: number): void {
    this.slowerThanUs = us;
    this.timesAll = us >= 0 && us < FAST_TIMED_BELOW_US;
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
    const kind = { row: this.counts.row(command.fullName), isFast };
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
      if (this.timesAll) return timed(ctx, args, argc);
      row.calls++;
      return execute(ctx, args, argc);
    };
  }

  /** What a fast path leaves to `execute` is counted there. */
  private countedFast({ row }: Kind, fast: Fast): Fast {
    return (ctx, args, argc) => {
      if (this.timesAll) return false;
      row.calls++;
      const outcome = fast(ctx, args, argc);
      if (outcome === false) row.calls--;
      return outcome;
    };
  }

  private timed(kind: Kind, execute: Command['execute']): Command['execute'] {
    return (ctx, args, argc) => {
      kind.row.calls++;
      return this.part(kind, ctx, args, argc, 0, () => execute(ctx, args, argc));
    };
  }

  /**
   * Times what runs at once, after `beforeMs` of the same request; what is waited for keeps nobody else waiting and does not
   * count.
   */
  private part(
    kind: Kind,
    ctx: Context,
    args: readonly Argument[],
    argc: number,
    beforeMs: number,
    work: () => Outcome,
  ): Outcome {
    const began = this.clock.fineMs();
    let outcome: Outcome;
    try {
      outcome = work();
    } catch (failure) {
      this.took(kind, ctx, args, argc, beforeMs + this.clock.fineMs() - began);
      throw failure;
    }
    const tookMs = beforeMs + this.clock.fineMs() - began;
    if (outcome instanceof Promise) {
      return outcome.then(
        (reply): Reply =>
          () =>
            this.part(kind, ctx, args, argc, tookMs, reply),
      );
    }
    this.took(kind, ctx, args, argc, tookMs);
    return undefined;
  }

  private took({ row, isFast }: Kind, ctx: Context, args: readonly Argument[], argc: number, tookMs: number): void {
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
