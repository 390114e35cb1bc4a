import { Sampling } from '../../engine/sampling';
import type { CommandRow } from '../command-counts';
import { LogHistogram } from './log-histogram';

/** Of commands that are answered at once, at the least one of so many is timed. */
const TIMED_ONE_OF = 256;

/**
 * How long commands take, by command and all together. Reading the clock twice costs 5 % of a GET, so of commands that are
 * quick and answered at once only a sample is timed; all others are.
 */
export class CommandLatencies {
  /** Which of them are timed. */
  readonly sampling = new Sampling();
  private readonly byCommand = new Map<CommandRow, LogHistogram>();
  /** Where those of all commands are added as well. */
  all = new LogHistogram();

  constructor(
    /** False: nothing is timed. */
    readonly isOn: boolean,
    random: () => number,
  ) {
    if (isOn) this.sampling.begin(TIMED_ONE_OF, random, 0);
  }

  /** A command that is answered at once and stands for `weight` of them. */
  sampled(row: CommandRow, tookMs: number, weight: number): void {
    this.record(row, tookMs, weight);
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
