import { Json } from './cjson';
import {
  blob,
  bytesIn,
  bytesOf,
  getField,
  type LuaTable,
  latin1,
  lauxlib,
  limits,
  ltable,
  lua,
  newTable,
  push,
  raise,
  raiseValue,
  STATUS,
  setIndex,
  setKey,
  type Thread,
  TYPE,
  tableValue,
  text,
  typeOf,
  type Value,
  whereIs,
} from './fengari';
import { errorTable, ReplyToLua } from './from-reply';
import { ScriptRandom } from './random';
import type { Answer, Running, ScriptHost } from './redis-library';
import { buildSandbox, type Sandbox } from './sandbox';

/** The clock and the memory are looked at once in so many instructions. */
const INSTRUCTIONS_PER_LOOK = 10_000;
const MEMORY_LOOKS = 20;
const CHUNK = bytesOf('@user_script');
const TEXT_ONLY = bytesOf('t');

export interface MachineOptions {
  /** Said by redis.REDIS_VERSION. */
  readonly version: string;
  /** Milliseconds of a clock that moves while a script runs. */
  readonly nowMs: () => number;
  /** Bytes that the process holds in its heap and beside it. */
  readonly heapBytes: () => number;
  readonly timeMsMax: () => number;
  /** What a script may add to the heap, and the longest string it may make. */
  readonly memoryBytesMax: () => number;
}

/** A compiled script; good for the machine that made it. */
export interface CompiledScript {
  readonly sha: string;
  readonly closure: Value;
}

/** How a script ended, or that it waits: then `resume` goes on when `until` is over. */
export type ScriptEnd =
  | { readonly value: Value | undefined; readonly proto: 2 | 3 }
  | { readonly error: string }
  | { readonly until: Promise<Answer> };

/** A fault of the script's text, with its code. */
export class CompileError extends Error {}

/** Runs scripts, one at a time, in one state of Lua. Not to be used again once it `isSpent`: a script was stopped in it. */
export class ScriptMachine implements Running {
  host!: ScriptHost;
  proto: 2 | 3 = 2;
  isSpent = false;
  private readonly sandbox: Sandbox;
  private readonly json = new Json();
  private readonly random = new ScriptRandom();
  private readonly reader: ReplyToLua;
  private readonly keysName: Value;
  private readonly argvName: Value;
  private thread: Thread;
  private sha = '';
  private pending: Promise<Answer> | null = null;
  private answer: Answer | null = null;
  private endsAtMs = 0;
  private heapAtStart = 0;
  private looks = 0;
  private stopped = '';
  private broken: unknown;

  constructor(private readonly options: MachineOptions) {
    this.sandbox = buildSandbox(this, this.json, this.random, options.version);
    const { main } = this.sandbox;
    this.reader = new ReplyToLua(main);
    this.keysName = text(main, 'KEYS');
    this.argvName = text(main, 'ARGV');
    lua.lua_atnativeerror(main, (L) => this.nativeError(L));
    this.thread = this.newThread();
  }

  /** Throws CompileError. `code` without a shebang's line, but with its line end. */
  compile(sha: string, code: Uint8Array): CompiledScript {
    const { main } = this.sandbox;
    limits.stringBytesMax = this.options.memoryBytesMax();
    const status = lauxlib.luaL_loadbufferx(main, code, code.length, CHUNK, TEXT_ONLY);
    const top = main.stack[main.top - 1]!;
    const made = { sha, closure: copyOf(top) };
    const message = status === STATUS.OK ? '' : latin1(bytesIn(top));
    lua.lua_settop(main, 0);
    if (status === STATUS.OK) return made;
    throw new CompileError(
      `ERR Error compiling script (new function): ${message.replace('near <eof>', "near '<eof>'")}`,
    );
  }

  run(script: CompiledScript, keys: readonly Uint8Array[], argv: readonly Uint8Array[], host: ScriptHost): ScriptEnd {
    const { thread, options } = this;
    this.host = host;
    this.sha = script.sha;
    this.proto = 2;
    this.stopped = '';
    this.looks = 0;
    this.json.reset();
    limits.stringBytesMax = options.memoryBytesMax();
    this.endsAtMs = options.nowMs() + options.timeMsMax();
    this.setWords(this.keysName, keys);
    this.setWords(this.argvName, argv);
    this.refreshGlobals(script.closure);
    // The slot of the function becomes that of its first result.
    push(thread, copyOf(script.closure));
    return this.go(0);
  }

  /** Goes on with what `until` gave. Its time does not count for the script. */
  resume(answer: Answer, waitedMs: number): ScriptEnd {
    this.endsAtMs += waitedMs;
    this.answer = answer;
    return this.go(0);
  }

  // --- called by redis.call --------------------------------------------------------------------------------------------

  call(L: Thread, words: Uint8Array[], raises: boolean): number {
    const answer = this.host.call(words, this.proto);
    if (!(answer instanceof Promise)) return this.give(L, answer, raises);
    if (L !== this.thread || !lua.lua_isyieldable(L)) {
      answer.catch(() => {});
      return this.give(
        L,
        { error: 'ERR this key is not in memory and cannot be waited for here: name it in KEYS' },
        raises,
      );
    }
    this.pending = answer;
    return lua.lua_yieldk(L, 0, 0, (resumed) => this.give(resumed, this.answer!, raises));
  }

  private give(L: Thread, answer: Answer, raises: boolean): number {
    if (answer instanceof Promise) return raise(L, 'internal error');
    const value = 'error' in answer ? errorTable(L, answer.error, false) : this.reader.read(answer.buf, answer.at);
    if (raises && isError(L, value)) return raiseValue(L, value);
    return push(L, value);
  }

  // --- running -----------------------------------------------------------------------------------------------------------

  private go(nargs: number): ScriptEnd {
    const { thread } = this;
    const status = lua.lua_resume(thread, null, nargs);
    if (this.broken !== undefined) {
      const failure = this.broken;
      this.broken = undefined;
      this.abandon();
      throw failure;
    }
    if (status === STATUS.OK) {
      const value = thread.top > 1 ? copyOf(thread.stack[1]!) : undefined;
      lua.lua_settop(thread, 0);
      return { value, proto: this.proto };
    }
    if (status === STATUS.YIELD) {
      const { pending } = this;
      this.pending = null;
      if (pending !== null) return { until: pending };
      this.abandon();
      return { error: this.located('ERR attempt to yield across metamethod/C-call boundary', undefined) };
    }
    const error = this.described(thread);
    this.abandon();
    return { error };
  }

  private described(thread: Thread): string {
    const where = whereIs(thread);
    if (this.stopped !== '') return this.located(this.stopped, where);
    return this.located(messageOf(thread, thread.stack[thread.top - 1]!), where);
  }

  private located(message: string, where: { source: string; line: number } | undefined): string {
    const { source, line } = where ?? { source: '@user_script', line: 1 };
    return `${message} script: ${this.sha}, on ${source}:${line}.`;
  }

  /** A thread that failed is not used again, nor a state in which a script was stopped. */
  private abandon(): void {
    if (this.stopped !== '') this.isSpent = true;
    else this.thread = this.newThread();
  }

  private newThread(): Thread {
    const { main } = this.sandbox;
    const thread = lua.lua_newthread(main);
    lua.lua_settop(main, 0);
    lua.lua_sethook(thread, (L) => this.look(L), lua.LUA_MASKCOUNT, INSTRUCTIONS_PER_LOOK);
    return thread;
  }

  /** A stopped script is stopped again at its next instruction, whatever caught the error. */
  private look(L: Thread): number {
    if (this.stopped === '') this.stopped = this.overstepped();
    if (this.stopped === '') return 0;
    lua.lua_sethook(L, (thread) => this.look(thread), lua.LUA_MASKCOUNT, 1);
    return raiseValue(L, errorTable(L, this.stopped, false));
  }

  private overstepped(): string {
    const { nowMs, timeMsMax, heapBytes, memoryBytesMax } = this.options;
    if (nowMs() > this.endsAtMs) return `ERR Script stopped: it ran longer than script-time-max (${timeMsMax()} ms)`;
    if (this.looks++ % MEMORY_LOOKS !== 0) return '';
    const heap = heapBytes();
    if (this.looks === 1) this.heapAtStart = heap;
    if (heap - this.heapAtStart <= memoryBytesMax()) return '';
    return `ERR Script stopped: it took more than script-memory-max (${memoryBytesMax()} bytes)`;
  }

  /** What JavaScript throws: too large an array is the script's fault, anything else ours. */
  private nativeError(L: Thread): number {
    const failure = L.stack[L.top - 1]!.value as unknown;
    if (!(failure instanceof RangeError)) this.broken = failure;
    return push(L, text(L, failure instanceof RangeError ? 'not enough memory' : 'internal error'));
  }

  private setWords(name: Value, words: readonly Uint8Array[]): void {
    const { main, globals } = this.sandbox;
    const table = newTable(main);
    for (let i = 0; i < words.length; i++) setIndex(table, i + 1, blob(main, words[i]!));
    setKey(main, globals, name, tableValue(table));
  }

  /** A script that assigned to its _ENV does not do so for its next run. */
  private refreshGlobals(closure: Value): void {
    const [environment] = (closure.value as { upvals: Value[] }).upvals;
    if (environment === undefined || environment.value === this.sandbox.globals) return;
    const globals = tableValue(this.sandbox.globals);
    environment.type = globals.type;
    environment.value = globals.value;
  }
}

function copyOf({ type, value }: Value): Value {
  const copy = text(null as unknown as Thread, '');
  copy.type = type;
  copy.value = value;
  return copy;
}

function isError(L: Thread, value: Value): boolean {
  return typeOf(value) === TYPE.TABLE && typeOf(getField(L, value.value as LuaTable, 'err')) === TYPE.STRING;
}

function messageOf(L: Thread, error: Value): string {
  const type = typeOf(error);
  if (type === TYPE.TABLE) {
    const err = ltable.luaH_get(L, error.value as LuaTable, text(L, 'err'));
    return typeOf(err) === TYPE.STRING ? latin1(bytesIn(err)).replace(/^-/, '') : 'ERR unknown error';
  }
  if (type === TYPE.STRING) return `ERR ${as51(latin1(bytesIn(error)))}`;
  return `ERR ${type === TYPE.NIL ? 'nil' : String(error.value)}`;
}

/** Lua 5.3 says after the type which variable it was, 5.1 before. */
function as51(message: string): string {
  return message
    .replace(/attempt to (.+?) an? (\S+) value \((\w+) '(.*)'\)/, "attempt to $1 $3 '$4' (a $2 value)")
    .replace('JS stack overflow', 'C stack overflow');
}
