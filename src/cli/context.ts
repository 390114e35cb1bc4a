import type { Command } from 'commander';
import { EXIT, type ExitCode } from './exit-codes';
import { type Connection, type Io, type Target, typed, writeAll } from './io';
import { type JsonValue, jsonText } from './render/json';
import { type Paint, paintFor, wantsColour } from './render/paint';

/** What a command found out, in both forms that it can be printed in. */
export interface Result {
  /** The one document of --json. Absent: nothing is printed (the command has printed already). */
  json?: JsonValue;
  /** For people, made only when asked for. A Buffer is written as it is; text gets a line end. '' prints nothing. */
  human?: (paint: Paint) => string | Buffer;
  /** EXIT.ok when absent. */
  exit?: ExitCode;
  /** A line for stderr. */
  note?: string;
}

interface GlobalOptions {
  host: string;
  port: number;
  socket?: string;
  password?: string;
  db?: number;
  json?: true;
  color: boolean;
}

/** What a command gets: the global options, the world, and a way to run. */
export class Context {
  exitCode: ExitCode = EXIT.ok;

  constructor(
    readonly io: Io,
    private readonly program: Command,
  ) {}

  private get options(): GlobalOptions {
    return this.program.opts<GlobalOptions>();
  }

  get json(): boolean {
    return this.options.json === true;
  }

  /** The database that -n named, if it did. */
  get db(): number | undefined {
    return this.options.db;
  }

  /** For human output on stdout. */
  get paint(): Paint {
    return this.paintOn(this.io.stdout.isTTY === true);
  }

  paintOn(isTTY: boolean): Paint {
    return paintFor(wantsColour(this.io.env, isTTY, this.options.color));
  }

  connect(): Promise<Connection> {
    const { host, port, socket, db } = this.options;
    const password = this.options.password ?? this.io.env.LARDER_PASSWORD;
    const target: Target = { host, port };
    if (socket !== undefined) target.unixSocket = socket;
    if (password !== undefined) target.password = typed(password).toString('latin1');
    if (db !== undefined) target.db = db;
    return this.io.connect(target);
  }

  /** Connects, lets the command work, prints its result. */
  async run(work: (connection: Connection) => Promise<Result>): Promise<void> {
    const connection = await this.connect();
    try {
      await this.print(await work(connection));
    } finally {
      connection.close();
    }
  }

  async print(result: Result): Promise<void> {
    this.exitCode = result.exit ?? EXIT.ok;
    if (result.note !== undefined) await writeAll(this.io.stderr, `${result.note}\n`);
    const text = this.json ? jsonDocument(result) : (result.human?.(this.paint) ?? '');
    if (text.length === 0) return;
    await writeAll(this.io.stdout, Buffer.isBuffer(text) || text.endsWith('\n') ? text : `${text}\n`);
  }
}

function jsonDocument(result: Result): string {
  return result.json === undefined ? '' : jsonText(result.json);
}

/** A command file's one export: declares the command on the program. */
export type Declare = (program: Command, context: Context) => void;
