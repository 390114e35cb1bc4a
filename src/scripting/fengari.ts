import { formatNumber } from './c-format';
import { parseNumber } from './c-numbers';
import { bytesOf, latin1 } from './lua-bytes';

export { bytesOf, latin1 };

/*
 * fengari is Lua 5.3 with 32-bit integers; scripts for Redis are written for Lua 5.1, where every number is a double. So
 * before its parts are loaded they are told that the tag of integers is that of floats, and that nothing is an integer: all
 * arithmetic takes the float's way. Its parts read each other's exports as they load, hence the order below. `load` checks
 * that the trick holds, so that another version of fengari fails at the start and not in somebody's sums.
 */

/** A value of Lua: strings hold a `LuaString`, numbers a double, tables a `LuaTable`. */
export interface Value {
  type: number;
  // biome-ignore lint/suspicious/noExplicitAny: what it is depends on the type
  value: any;
}

export interface LuaString {
  /** The bytes; never changed. */
  readonly realstring: Uint8Array;
}

interface Entry {
  readonly key: Value;
  readonly value: Value;
  readonly n: Entry | undefined;
}

export interface LuaTable {
  readonly f: Entry | undefined;
  metatable: LuaTable | null;
  /** Which metamethods are known to be missing. */
  flags: number;
  readonly strong: { readonly size: number };
  /** Redis's protection: any change is an error. */
  readonly?: boolean;
}

interface CallInfo {
  callstatus: number;
  readonly funcOff: number;
}

/** A thread of Lua (fengari's lua_State). */
export interface Thread {
  readonly stack: Value[];
  top: number;
  readonly ci: CallInfo;
  nny: number;
  hookcount: number;
}

export type Native = (L: Thread) => number;

interface Debug {
  currentline: number;
  source: Uint8Array;
  what: Uint8Array;
}

type Part = Record<string, unknown>;
const part = (name: string): Part => require(`fengari/src/${name}.js`) as Part;

const defs = part('defs') as unknown as {
  constant_types: Record<string, number>;
  thread_status: Record<string, number>;
  lua_Debug: new () => Debug;
};
const types = defs.constant_types;
const FLOAT = types.LUA_TNUMFLT!;
types.LUA_TNUMINT = FLOAT;

const INT_MAX = 2147483647;

const luaconf = part('luaconf');
luaconf.LUA_COMPAT_FLOATSTRING = true;
luaconf.lua_number2str = (n: number) => formatNumber(n, 14);
luaconf.LUAI_MAXSTACK = 100_000;

const lstring = part('lstring');
/** What strings are found by in tables, and compared by. */
lstring.luaS_hash = (bytes: Uint8Array) => `|${latin1(bytes)}`;
lstring.luaS_hashlongstr = (text: { hash: string | null; realstring: Uint8Array }) => {
  if (text.hash === null) text.hash = `|${latin1(text.realstring)}`;
  return text.hash;
};
const plainBless = lstring.luaS_bless as (L: Thread, bytes: Uint8Array) => LuaString;
lstring.luaS_bless = (L: Thread, bytes: Uint8Array) => {
  if (bytes.length > limits.stringBytesMax) failNow(L, 'not enough memory');
  return plainBless(L, bytes);
};

/** Of the script that runs now. */
export const limits = {
  /** The longest string that a script may make. */
  stringBytesMax: 64 * 1024 * 1024,
};

// The parts refer to each other in a ring that can be entered here only.
part('lua');

const lobject = part('lobject') as unknown as { TValue: (new (type: number, value: unknown) => Value) & Part } & Part;
lobject.TValue.prototype.ttisinteger = () => false;
lobject.luaO_str2num = (bytes: Uint8Array, into: Value & { setfltvalue(n: number): void }) => {
  const n = parseNumber(latin1(bytes));
  if (n === undefined) return 0;
  into.setfltvalue(n);
  return bytes.length + 1;
};

const ltable = part('ltable') as unknown as {
  luaH_new(L: Thread): LuaTable;
  luaH_setint(table: LuaTable, index: number, value: Value): void;
  luaH_setfrom(L: Thread, table: LuaTable, key: Value, value: Value): void;
  luaH_get(L: Thread, table: LuaTable, key: Value): Value;
  luaH_getint(table: LuaTable, index: number): Value;
  luaH_getn(table: LuaTable): number;
};
const plainSet = ltable.luaH_setfrom;
ltable.luaH_setfrom = (L, table, key, value) => {
  if (table.readonly === true) failNow(L, 'Attempt to modify a readonly table');
  // biome-ignore lint/suspicious/noSelfCompare: NaN
  if (key.type === FLOAT && key.value !== key.value) failNow(L, 'table index is NaN');
  plainSet(L, table, key, value);
};

const ldebug = part('ldebug') as unknown as { luaG_runerror(L: Thread, message: Uint8Array): never };

/** An error of the instruction that runs, wherever it came to it. */
function failNow(L: Thread, message: string): never {
  return ldebug.luaG_runerror(L, bytesOf(message));
}

const lvm = part('lvm') as unknown as {
  tointeger(value: Value): number | false;
  tonumber(value: Value): number | false;
};
/** Where a function of Lua's libraries wants an integer: 5.1 cuts off what follows the point. */
lvm.tointeger = (value) => {
  const n = lvm.tonumber(value);
  if (n === false) return false;
  return n >= INT_MAX ? INT_MAX : n <= -INT_MAX ? -INT_MAX : Math.trunc(n) | 0;
};

export interface LuaApi {
  lua_newthread(L: Thread): Thread;
  lua_resume(L: Thread, from: Thread | null, nargs: number): number;
  lua_yieldk(L: Thread, nresults: number, ctx: number, k: Native | null): number;
  lua_isyieldable(L: Thread): boolean;
  lua_settop(L: Thread, top: number): void;
  lua_sethook(L: Thread, hook: Native | null, mask: number, count: number): void;
  lua_getstack(L: Thread, level: number, info: Debug): number;
  lua_getinfo(L: Thread, what: Uint8Array, info: Debug): number;
  lua_error(L: Thread): number;
  lua_call(L: Thread, nargs: number, nresults: number): void;
  lua_atnativeerror(L: Thread, handler: Native): void;
  lua_pcall(L: Thread, nargs: number, nresults: number, handler: number): number;
  readonly LUA_MASKCOUNT: number;
}

interface Auxiliary {
  luaL_newstate(): Thread;
  luaL_where(L: Thread, level: number): void;
  luaL_loadbufferx(L: Thread, code: Uint8Array, size: number, name: Uint8Array, mode: Uint8Array): number;
  luaL_requiref(L: Thread, name: Uint8Array, open: Native, global: boolean): void;
  luaL_checkstring(L: Thread, arg: number): Uint8Array;
  luaL_checknumber(L: Thread, arg: number): number;
  luaL_checkinteger(L: Thread, arg: number): number;
  luaL_argerror(L: Thread, arg: number, message: Uint8Array): number;
  luaL_tolstring(L: Thread, arg: number): Uint8Array;
}

export const lua = part('lua') as unknown as LuaApi;

const CALL_ALLOWED_HOOKS = 1;
type ProtectedCall = (
  L: Thread,
  nargs: number,
  nresults: number,
  handler: number,
  ctx: number,
  k: Native | null,
) => number;
const plainCall = part('lua').lua_pcallk as ProtectedCall;
/** fengari forgets that hooks were on before a pcall in a coroutine: an error would turn them off, and with them all limits. */
part('lua').lua_pcallk = ((L, nargs, nresults, handler, ctx, k) => {
  L.ci.callstatus |= CALL_ALLOWED_HOOKS;
  return plainCall(L, nargs, nresults, handler, ctx, k);
}) satisfies ProtectedCall;

export const lauxlib = part('lauxlib') as unknown as Auxiliary;
// As above, for the libraries.
part('lualib');

export const libraries = {
  base: part('lbaselib').luaopen_base as Native,
  coroutine: part('lcorolib').luaopen_coroutine as Native,
  math: part('lmathlib').luaopen_math as Native,
  string: part('lstrlib').luaopen_string as Native,
  table: part('ltablib').luaopen_table as Native,
};
export { ltable };

export const STATUS = { OK: defs.thread_status.LUA_OK!, YIELD: defs.thread_status.LUA_YIELD! };

/** `Value.type` without its variants (`typeOf`). */
export const TYPE = {
  NIL: 0,
  BOOLEAN: 1,
  LIGHT: 2,
  NUMBER: 3,
  STRING: 4,
  TABLE: 5,
  FUNCTION: 6,
  USERDATA: 7,
  THREAD: 8,
};
const NAMES = ['nil', 'boolean', 'userdata', 'number', 'string', 'table', 'function', 'userdata', 'thread'];
const FULL = {
  string: types.LUA_TLNGSTR!,
  table: types.LUA_TTABLE!,
  native: types.LUA_TLCF!,
  light: types.LUA_TLIGHTUSERDATA!,
};

// --- bytes and values ----------------------------------------------------------------------------------------------

export const typeOf = (value: Value): number => value.type & 0x0f;
export const typeName = (value: Value): string => NAMES[typeOf(value)] ?? 'no value';
export const nil = (): Value => new lobject.TValue(TYPE.NIL, null);
export const bool = (value: boolean): Value => new lobject.TValue(TYPE.BOOLEAN, value);
export const number = (value: number): Value => new lobject.TValue(FLOAT, value);
export const native = (value: Native): Value => new lobject.TValue(FULL.native, value);
export const light = (value: unknown): Value => new lobject.TValue(FULL.light, value);
/** The bytes are given away. */
export const blob = (L: Thread, bytes: Uint8Array): Value =>
  new lobject.TValue(FULL.string, (lstring.luaS_bless as typeof plainBless)(L, bytes));
/** Of a latin1 string. */
export const text = (L: Thread, value: string): Value => blob(L, bytesOf(value));
export const tableValue = (table: LuaTable): Value => new lobject.TValue(FULL.table, table);
export const newTable = (L: Thread): LuaTable => ltable.luaH_new(L);
export const bytesIn = (value: Value): Uint8Array => (value.value as LuaString).realstring;

export function setField(L: Thread, table: LuaTable, name: string, value: Value): void {
  table.flags = 0;
  plainSet(L, table, text(L, name), value);
}

export function setIndex(table: LuaTable, index: number, value: Value): void {
  ltable.luaH_setint(table, index, value);
}

export function getField(L: Thread, table: LuaTable, name: string): Value {
  return ltable.luaH_get(L, table, text(L, name));
}

export function setKey(L: Thread, table: LuaTable, key: Value, value: Value): void {
  table.flags = 0;
  plainSet(L, table, key, value);
}

// --- inside a native function ----------------------------------------------------------------------------------------

/** Argument `i`, from 1; undefined when there are fewer. */
export function argument(L: Thread, i: number): Value | undefined {
  const at = L.ci.funcOff + i;
  return at < L.top ? L.stack[at] : undefined;
}

export function argumentCount(L: Thread): number {
  return L.top - L.ci.funcOff - 1;
}

/** Returns the one result, for `return push(L, value)`. */
export function push(L: Thread, value: Value): 1 {
  L.stack[L.top++] = value;
  return 1;
}

/** Throws the message as an error of Lua, with where it was called before it. */
export function raise(L: Thread, message: string): never {
  lauxlib.luaL_where(L, 1);
  const where = latin1(bytesIn(L.stack[L.top - 1]!));
  L.stack[L.top - 1] = new lobject.TValue(FULL.string, plainBless(L, bytesOf(where + message)));
  return lua.lua_error(L) as never;
}

/** Throws a value. */
export function raiseValue(L: Thread, value: Value): never {
  push(L, value);
  return lua.lua_error(L) as never;
}

export function badArgument(L: Thread, arg: number, message: string): never {
  return lauxlib.luaL_argerror(L, arg, bytesOf(message)) as never;
}

/** A number, or a string that is one. */
export function numberArgument(L: Thread, arg: number): number {
  return lauxlib.luaL_checknumber(L, arg);
}

/** A string, or the text of a number. */
export function bytesArgument(L: Thread, arg: number): Uint8Array {
  return lauxlib.luaL_checkstring(L, arg);
}

/** Where the thread stands, or stood when it failed: source and line of the innermost Lua function. */
export function whereIs(L: Thread): { source: string; line: number } | undefined {
  for (let level = 0; level < 4; level++) {
    const info = new defs.lua_Debug();
    if (lua.lua_getstack(L, level, info) === 0) return undefined;
    lua.lua_getinfo(L, bytesOf('nSl'), info);
    const source = latin1(info.source);
    if (!source.startsWith('=')) return { source, line: info.currentline };
  }
  return undefined;
}
