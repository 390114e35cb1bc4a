import { PassThrough, Readable, Writable } from 'node:stream';
import type { Io } from '../../../src/cli/io';
import { main } from '../../../src/cli/main';
import { connect } from '../../../src/client/connect';

export interface Setting {
  isTTY?: boolean;
  env?: Record<string, string>;
  stdin?: string;
  /** Stop (Ctrl-C) at the n-th pause of watch. */
  stopAtPause?: number;
  io?: Partial<Io>;
}

export interface Outcome {
  exitCode: number;
  stdout: Buffer;
  /** stdout as text. */
  out: string;
  err: string;
}

class Screen extends Writable {
  readonly chunks: Buffer[] = [];
  columns = 120;

  constructor(readonly isTTY: boolean) {
    super();
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.chunks.push(chunk);
    done();
  }

  get bytes(): Buffer {
    return Buffer.concat(this.chunks);
  }
}

/** Runs one command line in a world where waiting takes no time; a clock that moves 1 ms at each look. */
export async function cachectl(argv: readonly string[], setting: Setting = {}): Promise<Outcome> {
  const stdout = new Screen(setting.isTTY ?? false);
  const stderr = new Screen(setting.isTTY ?? false);
  let nowMs = 0;
  let pauses = 0;
  let stop = () => {};
  const io: Io = {
    stdin: setting.stdin === undefined ? new PassThrough() : Readable.from([Buffer.from(setting.stdin)]),
    stdout,
    stderr,
    env: setting.env ?? {},
    version: '1.2.3',
    clock: { fineMs: () => ++nowMs },
    wallMs: () => Date.UTC(2026, 0, 2),
    random: () => 0.5,
    scheduler: {
      after(_, run) {
        const soon = setImmediate(++pauses === setting.stopAtPause ? () => stop() : run);
        return () => clearImmediate(soon);
      },
    },
    connect,
    onStop(run) {
      stop = run;
      return () => {
        stop = () => {};
      };
    },
    ...setting.io,
  };
  const exitCode = await main(argv, io);
  return { exitCode, stdout: stdout.bytes, out: stdout.bytes.toString('utf8'), err: stderr.bytes.toString('utf8') };
}
