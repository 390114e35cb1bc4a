import { type Bytes, latin1Of, lengthOf } from '../base/bytes';
import { SETTINGS } from '../config';

/** Of one request: later arguments, and the rest of a long one, are only counted. */
const ARGS_MAX = 32;
const ARG_BYTES_MAX = 128;
const REDACTED = '(redacted)';
/** Settings that are passwords. */
const SECRET_SETTINGS = new Set(SETTINGS.filter(({ kind }) => kind.isSecret === true).map(({ name }) => name));

export interface SlowEntry {
  readonly id: number;
  /** Wall clock, seconds. */
  readonly at: number;
  readonly tookUs: number;
  /** Latin1, cut. */
  readonly args: readonly string[];
  readonly address: string;
  readonly name: string;
}

/** The latest commands that took long, newest first. */
export class SlowLog {
  private entries: SlowEntry[] = [];
  private nextId = 0;

  /** `lengthMax`: entries kept. */
  constructor(private readonly lengthMax: () => number) {}

  /** `command` is the full name, as 'config|set'. */
  add(
    command: string,
    took: Pick<SlowEntry, 'at' | 'tookUs' | 'address' | 'name'>,
    args: readonly Bytes[],
    argc: number,
  ): void {
    this.entries.unshift({ id: this.nextId++, ...took, args: cutArgs(command, args, argc) });
    this.trim();
  }

  /** The newest `count`, or all. */
  newest(count = this.length): readonly SlowEntry[] {
    this.trim();
    return this.entries.slice(0, count);
  }

  get length(): number {
    this.trim();
    return this.entries.length;
  }

  /** Ids go on where they were. */
  reset(): void {
    this.entries = [];
  }

  private trim(): void {
    const lengthMax = this.lengthMax();
    if (this.entries.length > lengthMax) this.entries.length = lengthMax;
  }
}

function cutArgs(command: string, args: readonly Bytes[], argc: number): string[] {
  const shown = argc > ARGS_MAX ? ARGS_MAX - 1 : argc;
  const cut = args.slice(0, shown).map((arg, i) => (isSecret(command, args, i) ? REDACTED : cutArg(arg)));
  if (shown < argc) cut.push(`... (${argc - shown} more arguments)`);
  return cut;
}

/** Whether argument `i` is, or goes with, a password. */
function isSecret(command: string, args: readonly Bytes[], i: number): boolean {
  const word = (at: number) => (at < 1 ? '' : latin1Of(args[at]!).toLowerCase());
  if (command === 'auth') return i > 0;
  if (command === 'hello') return word(i - 1) === 'auth' || word(i - 2) === 'auth';
  return command === 'config|set' && i % 2 === 1 && SECRET_SETTINGS.has(word(i - 1));
}

function cutArg(arg: Bytes): string {
  const more = lengthOf(arg) - ARG_BYTES_MAX;
  if (more <= 0) return latin1Of(arg);
  return `${latin1Of({ ...arg, end: arg.start + ARG_BYTES_MAX })}... (${more} more bytes)`;
}
