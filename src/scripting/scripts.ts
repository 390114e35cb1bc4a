import { createHash } from 'node:crypto';
import { type CompiledScript, CompileError, type MachineOptions, ScriptMachine } from './machine';

export interface ScriptsOptions extends MachineOptions {
  readonly countMax: () => number;
  readonly cacheBytesMax: () => number;
}

/** A script that is known by its SHA1. */
export class Script {
  compiled: CompiledScript | null = null;
  /** Whose `compiled` it is. */
  machine: ScriptMachine | null = null;

  constructor(
    readonly sha: string,
    readonly code: Buffer,
    /** Says itself that it writes nothing (`#!lua flags=no-writes`). */
    readonly isReadOnly: boolean,
    /** Where Lua begins, after the shebang. */
    readonly start: number,
  ) {}
}

const FLAGS = new Set(['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys']);

/** The scripts that are known, the one used longest ago first, and the machine that runs them. */
export class Scripts {
  private readonly known = new Map<string, Script>();
  private bytes = 0;
  private current: ScriptMachine | null = null;

  constructor(private readonly options: ScriptsOptions) {}

  get count(): number {
    return this.known.size;
  }

  get machine(): ScriptMachine {
    if (this.current === null || this.current.isSpent) this.current = new ScriptMachine(this.options);
    return this.current;
  }

  has(sha: string): boolean {
    return this.known.has(sha);
  }

  /** By its SHA1 in small letters. */
  bySha(sha: string): Script | undefined {
    const script = this.known.get(sha);
    if (script === undefined) return undefined;
    this.known.delete(sha);
    this.known.set(sha, script);
    return script;
  }

  /** Throws CompileError. The code is copied. */
  byCode(code: Uint8Array): Script {
    const sha = createHash('sha1').update(code).digest('hex');
    const known = this.bySha(sha);
    if (known !== undefined) return known;
    const copy = Buffer.from(code);
    const script = new Script(sha, copy, ...shebang(copy));
    this.compiled(script);
    this.known.set(sha, script);
    this.bytes += copy.length;
    this.shrink();
    return script;
  }

  /** For the machine of now. Throws CompileError. */
  compiled(script: Script): CompiledScript {
    const { machine } = this;
    if (script.compiled !== null && script.machine === machine) return script.compiled;
    script.compiled = machine.compile(script.sha, script.code.subarray(script.start));
    script.machine = machine;
    return script.compiled;
  }

  flush(): void {
    this.known.clear();
    this.bytes = 0;
  }

  private shrink(): void {
    const { countMax, cacheBytesMax } = this.options;
    for (const [sha, { code }] of this.known) {
      if (this.known.size <= countMax() && this.bytes <= cacheBytesMax()) return;
      this.known.delete(sha);
      this.bytes -= code.length;
    }
  }
}

function shebang(code: Buffer): [isReadOnly: boolean, start: number] {
  if (code.length < 2 || code[0] !== 35 || code[1] !== 33) return [false, 0];
  const end = code.indexOf(10);
  if (end < 0) throw new CompileError('ERR Invalid script shebang');
  const [engine = '', ...options] = code.toString('latin1', 0, end).split(' ').filter(Boolean);
  if (engine !== '#!lua') throw new CompileError(`ERR Unexpected engine in script shebang: ${engine}`);
  let isReadOnly = false;
  for (const option of options) {
    if (!option.startsWith('flags=')) throw new CompileError(`ERR Unknown lua shebang option: ${option}`);
    for (const flag of option.slice(6).split(',').filter(Boolean)) {
      if (!FLAGS.has(flag)) throw new CompileError(`ERR Unexpected flag in script shebang: ${flag}`);
      isReadOnly ||= flag === 'no-writes';
    }
  }
  return [isReadOnly, end];
}
