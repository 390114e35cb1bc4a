import { createHash } from 'node:crypto';
import { formatNumber } from './c-format';
import {
  argument,
  argumentCount,
  bool,
  bytesArgument,
  bytesIn,
  bytesOf,
  latin1,
  type Native,
  newTable,
  number,
  push,
  raiseValue,
  setField,
  type Thread,
  TYPE,
  tableValue,
  text,
  typeOf,
  type Value,
} from './fengari';
import { errorTable } from './from-reply';

/** A reply in bytes, an error of the call itself (with its code), or the promise of a reply. */
export type Answer = { readonly buf: Buffer; readonly at: number } | { readonly error: string } | Promise<Answer>;

export type LogLevel = 'debug' | 'verbose' | 'notice' | 'warning';

/** What the world around gives the script that runs. */
export interface ScriptHost {
  call(words: readonly Uint8Array[], proto: 2 | 3): Answer;
  /** Undefined: there is no such command, or not with so many words. */
  mayCall(words: readonly Uint8Array[]): boolean | undefined;
  log(level: LogLevel, message: string): void;
}

/** What the functions below need of the machine they run in. */
export interface Running {
  readonly host: ScriptHost;
  proto: 2 | 3;
  call(L: Thread, words: Uint8Array[], raises: boolean): number;
}

const LEVELS: readonly LogLevel[] = ['debug', 'verbose', 'notice', 'warning'];

function fail(L: Thread, message: string): never {
  return raiseValue(L, errorTable(L, `ERR ${message}`, false));
}

/** Strings and numbers; undefined if there is something else. */
function wordsOf(L: Thread): Uint8Array[] | undefined {
  const words: Uint8Array[] = [];
  for (let i = 1, count = argumentCount(L); i <= count; i++) {
    const value = argument(L, i)!;
    const type = typeOf(value);
    if (type === TYPE.STRING) words.push(bytesIn(value));
    else if (type === TYPE.NUMBER) words.push(bytesOf(formatNumber(value.value as number, 17)));
    else return undefined;
  }
  return words;
}

const NO_WORDS = 'ERR Please specify at least one argument for this redis lib call';
const BAD_WORDS = 'ERR Lua redis lib command arguments must be strings or integers';

function caller(running: Running, raises: boolean): Native {
  return (L) => {
    const words = wordsOf(L);
    if (words !== undefined && words.length > 0) return running.call(L, words, raises);
    const error = errorTable(L, words === undefined ? BAD_WORDS : NO_WORDS, false);
    return raises ? raiseValue(L, error) : push(L, error);
  };
}

/** `redis.error_reply` and `redis.status_reply`: a table with one field. */
function tableWith(name: 'ok' | 'err'): Native {
  return (L) => {
    const value = argument(L, 1);
    if (argumentCount(L) !== 1 || typeOf(value!) !== TYPE.STRING) {
      return push(L, errorTable(L, 'ERR wrong number or type of arguments', false));
    }
    const message = latin1(bytesIn(value!));
    if (name === 'err') return push(L, errorTable(L, withCode(message), false));
    const table = newTable(L);
    setField(L, table, name, text(L, message));
    return push(L, tableValue(table));
  };
}

/** A line of one word is no code. */
function withCode(message: string): string {
  const line = message.startsWith('-') ? message.slice(1) : message;
  return line.includes(' ') ? line : `ERR ${line}`;
}

export function redisFunctions(running: Running): Record<string, Native> {
  return {
    call: caller(running, true),
    pcall: caller(running, false),
    error_reply: tableWith('err'),
    status_reply: tableWith('ok'),
    sha1hex: (L) => {
      if (argumentCount(L) !== 1) fail(L, 'wrong number of arguments');
      return push(L, text(L, createHash('sha1').update(bytesArgument(L, 1)).digest('hex')));
    },
    log: (L) => {
      const count = argumentCount(L);
      if (count < 2) fail(L, 'redis.log() requires two arguments or more.');
      const level = argument(L, 1)!;
      if (typeOf(level) !== TYPE.NUMBER) fail(L, 'First argument must be a number (log level).');
      const name = LEVELS[level.value as number];
      if (name === undefined) fail(L, 'Invalid debug level.');
      const parts: string[] = [];
      for (let i = 2; i <= count; i++) {
        const type = typeOf(argument(L, i)!);
        if (type === TYPE.STRING || type === TYPE.NUMBER) parts.push(latin1(bytesArgument(L, i)));
      }
      running.host.log(name, parts.join(' '));
      return 0;
    },
    setresp: (L) => {
      if (argumentCount(L) !== 1) fail(L, 'redis.setresp() requires one argument.');
      const version = argument(L, 1)!.value as unknown;
      if (version !== 2 && version !== 3) fail(L, 'RESP version must be 2 or 3.');
      running.proto = version as 2 | 3;
      return 0;
    },
    replicate_commands: (L) => push(L, bool(true)),
    set_repl: (L) => {
      if (argumentCount(L) !== 1) fail(L, 'redis.set_repl() requires two arguments.');
      const flags = argument(L, 1)!.value as unknown;
      if (typeof flags !== 'number' || (flags & ~3) !== 0) {
        fail(L, 'Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.');
      }
      return 0;
    },
    breakpoint: (L) => push(L, bool(false)),
    debug: () => 0,
    acl_check_cmd: (L) => {
      const words = wordsOf(L);
      if (words === undefined || words.length === 0)
        fail(L, 'Please specify at least one argument for this redis.acl_check_cmd() call');
      const may = running.host.mayCall(words!);
      if (may === undefined) fail(L, 'Invalid command passed to redis.acl_check_cmd()');
      return push(L, bool(may!));
    },
  };
}

export function redisConstants(L: Thread, version: string): Record<string, Value> {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const named: Record<string, Value> = {
    REDIS_VERSION: text(L, version),
    REDIS_VERSION_NUM: number(major * 65536 + minor * 256 + patch),
    REPL_NONE: number(0),
    REPL_AOF: number(1),
    REPL_SLAVE: number(2),
    REPL_REPLICA: number(2),
    REPL_ALL: number(3),
  };
  for (const [i, level] of LEVELS.entries()) named[`LOG_${level.toUpperCase()}`] = number(i);
  return named;
}
