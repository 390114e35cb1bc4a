import { BIT } from './bit';
import type { Json } from './cjson';
import { CMSGPACK, cmsgpackConstants } from './cmsgpack';
import {
  argument,
  bytesIn,
  bytesOf,
  getField,
  type LuaTable,
  latin1,
  lauxlib,
  libraries,
  lua,
  type Native,
  native,
  newTable,
  raise,
  setField,
  type Thread,
  TYPE,
  tableValue,
  text,
  typeOf,
  type Value,
} from './fengari';
import { BASE, mathOf, preludeCode, STRING } from './lua51';
import type { ScriptRandom } from './random';
import { type Running, redisConstants, redisFunctions } from './redis-library';
import { STRUCT } from './struct';

/** What scripts find, name by name: the globals of Redis 7.0. */
const GLOBALS =
  'assert error getmetatable ipairs next pairs rawequal rawget rawset select setmetatable tostring type xpcall'.split(
    ' ',
  );
const OF_LIBRARY: Record<string, string> = {
  string: 'byte char dump find gmatch gsub len lower match reverse sub upper',
  table: 'concat insert remove sort',
  math: 'acos asin cos deg exp max min modf pi huge rad sin sqrt tan',
  coroutine: 'create resume running status wrap yield',
};

export interface Sandbox {
  readonly main: Thread;
  readonly globals: LuaTable;
}

/** A state of Lua with what Redis gives to scripts, and nothing that reaches out of it; all of it read-only. */
export function buildSandbox(running: Running, json: Json, random: ScriptRandom, version: string): Sandbox {
  const L = lauxlib.luaL_newstate();
  for (const [name, open] of Object.entries(libraries)) {
    lauxlib.luaL_requiref(L, bytesOf(name === 'base' ? '_G' : name), open, true);
    lua.lua_settop(L, 0);
  }
  const plain = globalsOf(L);
  const globals = newTable(L);
  for (const name of GLOBALS) setField(L, globals, name, getField(L, plain, name));
  for (const [library, names] of Object.entries(OF_LIBRARY)) {
    const from = getField(L, plain, library).value as LuaTable;
    const into = newTable(L);
    for (const name of names.split(' ')) if (name !== 'dump') setField(L, into, name, getField(L, from, name));
    setField(L, globals, library, tableValue(into));
  }
  const [base, table] = prelude(L);
  copy(L, base, globals);
  copy(L, table, tableOf(L, globals, 'table'));
  add(L, globals, BASE);
  add(L, tableOf(L, globals, 'math'), mathOf(random));
  const string = tableOf(L, globals, 'string');
  add(L, string, STRING);
  setField(L, string, 'gfind', getField(L, string, 'gmatch'));
  setField(L, globals, 'bit', library(L, BIT));
  setField(L, globals, 'struct', library(L, STRUCT));
  setField(L, globals, 'cmsgpack', library(L, CMSGPACK, cmsgpackConstants(L)));
  const jsonFunctions = json.functions();
  setField(L, globals, 'cjson', library(L, jsonFunctions, json.constants(L)));
  setField(L, globals, 'redis', library(L, redisFunctions(running), redisConstants(L, version)));
  setField(L, globals, '_G', tableValue(globals));
  setField(L, globals, '_VERSION', text(L, 'Lua 5.1'));
  stringMetatable(L, string);
  guard(L, globals);
  protect(globals, new Set());
  useGlobals(L, globals);
  return { main: L, globals };
}

const REGISTRY_GLOBALS = 2;

interface State extends Thread {
  readonly l_G: { readonly l_registry: Value; readonly mt: (LuaTable | null)[] };
}

function registryOf(L: Thread): LuaTable {
  return (L as State).l_G.l_registry.value as LuaTable;
}

function globalsOf(L: Thread): LuaTable {
  for (let entry = registryOf(L).f; entry !== undefined; entry = entry.n) {
    if (entry.key.value === REGISTRY_GLOBALS) return entry.value.value as LuaTable;
  }
  throw new Error('fengari has no globals');
}

function useGlobals(L: Thread, globals: LuaTable): void {
  for (let entry = registryOf(L).f; entry !== undefined; entry = entry.n) {
    if (entry.key.value === REGISTRY_GLOBALS) entry.value.value = globals;
  }
}

function tableOf(L: Thread, from: LuaTable, name: string): LuaTable {
  return getField(L, from, name).value as LuaTable;
}

function add(L: Thread, table: LuaTable, functions: Record<string, Native>): void {
  for (const [name, one] of Object.entries(functions)) setField(L, table, name, native(one));
}

function copy(L: Thread, from: LuaTable, into: LuaTable): void {
  for (let entry = from.f; entry !== undefined; entry = entry.n) {
    setField(L, into, latin1(bytesIn(entry.key)), entry.value);
  }
}

function library(L: Thread, functions: Record<string, Native>, constants: Record<string, Value> = {}): Value {
  const table = newTable(L);
  add(L, table, functions);
  for (const [name, value] of Object.entries(constants)) setField(L, table, name, value);
  return tableValue(table);
}

function prelude(L: Thread): [LuaTable, LuaTable] {
  const code = preludeCode();
  if (lauxlib.luaL_loadbufferx(L, code, code.length, bytesOf('=(larder)'), bytesOf('t')) !== 0) {
    throw new Error(`the prelude of scripts: ${latin1(bytesIn(L.stack[L.top - 1]!))}`);
  }
  lua.lua_call(L, 0, 2);
  const [base, table] = [L.stack[L.top - 2]!.value as LuaTable, L.stack[L.top - 1]!.value as LuaTable];
  lua.lua_settop(L, 0);
  return [base, table];
}

/** Methods of strings are found in the read-only table. */
function stringMetatable(L: Thread, string: LuaTable): void {
  const metatable = newTable(L);
  setField(L, metatable, '__index', tableValue(string));
  metatable.readonly = true;
  (L as State).l_G.mt[TYPE.STRING] = metatable;
}

/** A global that is not there is an error, and so is a new metatable of the globals. */
function guard(L: Thread, globals: LuaTable): void {
  const metatable = newTable(L);
  const missing: Native = (thread) => {
    const name = argument(thread, 2)!;
    const shown = typeOf(name) === TYPE.STRING ? latin1(bytesIn(name)) : String(name.value);
    return raise(thread, `Script attempted to access nonexistent global variable '${shown}'`);
  };
  setField(L, metatable, '__index', native(missing));
  globals.metatable = metatable;
  const plain = getField(L, globals, 'setmetatable').value as Native;
  const guarded: Native = (thread) => {
    const table = argument(thread, 1);
    if (table !== undefined && typeOf(table) === TYPE.TABLE && (table.value as LuaTable).readonly === true) {
      raise(thread, 'Attempt to modify a readonly table');
    }
    return plain(thread);
  };
  setField(L, globals, 'setmetatable', native(guarded));
}

function protect(table: LuaTable, seen: Set<LuaTable>): void {
  if (seen.has(table)) return;
  seen.add(table);
  table.readonly = true;
  if (table.metatable !== null) protect(table.metatable, seen);
  for (let entry = table.f; entry !== undefined; entry = entry.n) {
    if (typeOf(entry.value) === TYPE.TABLE) protect(entry.value.value as LuaTable, seen);
  }
}
