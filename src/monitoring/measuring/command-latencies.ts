import type { CommandRow } from '../command-counts';
import { LogHistogram } from './log-histogram';
import { gapOf } from './thinning';

/** Of commands that are answered at once, one of so many is timed. */
const TIMED_ONE_OF = 128;
const NEVER_TIMED = 2 ** 30;

/**
 * How long commands take, by command and all together. Reading the clock twice costs 5 % of a GET, so of commands that are
 * quick and answered at once only a sample is timed; all others are.
 */
export class CommandLatencies {
  private readonly byCommand = new Map<CommandRow, LogHistogram>();
  /** Where those of all commands are added as well. */
  all = new LogHistogram();

  constructor(
    /** False: nothing is timed. */
    readonly isOn: boolean,
    private readonly random: () => number,
  ) {}

  /** Commands to let pass before the next one is timed, it included. */
  gap(): number {
    return this.isOn ? gapOf(TIMED_ONE_OF, this.random) : NEVER_TIMED;
  }

  /** A sampled command stands for others. */
  sampled(row: CommandRow, tookMs: number): void {
    this.record(row, tookMs, TIMED_ONE_OF);
  }

  timed(row: CommandRow, tookMs: number): void {
    if (this.isOn) this.record(row, tookMs, 1);
  }

  list(): { row: CommandRow; histogram: LogHistogram }[] {
    return [...this.byCommand].map(([row, histogram]) => ({ row, histogram }));
  }

  get memoryBytes(): number {
    return (this.byCommand.size + 1) * this.all.counts.byteLength;
  }

  reset(): void {
    this.byCommand.clear();
  }

  private record(row: CommandRow, tookMs: number, weight: number): void {
    let histogram = this.byCommand.get(row);
    if (histogram === undefined) {
      histogram = new LogHistogram();
      this.byCommand.set(row, histogram);
    }
    histogram.addMs(tookMs, weight);
    this.all.addMs(tookMs, weight);
  }
}
