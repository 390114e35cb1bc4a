import { isUtf8 } from 'node:buffer';

/** What --json prints. Maps become objects, Buffers strings, or {"base64": ...} when they are not UTF-8. */
export type JsonValue = string | number | boolean | null | undefined | Buffer | JsonValue[] | JsonMap;
export type JsonMap = Map<string, JsonValue> | { [name: string]: JsonValue };

/** One JSON document on one line. */
export function jsonText(value: JsonValue): string {
  return JSON.stringify(plain(value));
}

function plain(value: JsonValue): unknown {
  if (Buffer.isBuffer(value)) return isUtf8(value) ? value.toString('utf8') : { base64: value.toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  const entries = value instanceof Map ? [...value] : Object.entries(value);
  // fromEntries defines properties, so that a name like __proto__ is only a name.
  return Object.fromEntries(entries.map(([name, inner]) => [name, plain(inner)]));
}
