import { type Bytes, latin1Of, lengthOf } from '../base/bytes';

/** Of one request: later arguments, and the rest of a long one, are only counted. */
const ARGS_MAX = 32;
const ARG_BYTES_MAX = 128;
const REDACTED = '(redacted)';
/** Commands whose arguments may hold a password, and how many words of them are none. */
const SECRETIVE = new Map([
  ['auth', 1],
  ['hello', 1],
  ['config|set', 2],
]);

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
    const open = SECRETIVE.get(command) ?? argc;
    const { at, tookUs, address, name } = took;
    this.entries.unshift({ id: this.nextId++, at, tookUs, args: cutArgs(args, argc, open), address, name });
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

function cutArgs(args: readonly Bytes[], argc: number, open: number): string[] {
  const shown = argc > ARGS_MAX ? ARGS_MAX - 1 : argc;
  const cut = args.slice(0, shown).map((arg, i) => (i < open ? cutArg(arg) : REDACTED));
  if (shown < argc) cut.push(`... (${argc - shown} more arguments)`);
  return cut;
}

function cutArg(arg: Bytes): string {
  const more = lengthOf(arg) - ARG_BYTES_MAX;
  if (more <= 0) return latin1Of(arg);
  return `${latin1Of({ ...arg, end: arg.start + ARG_BYTES_MAX })}... (${more} more bytes)`;
}
