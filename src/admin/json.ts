import { Fraction } from '../monitoring/fields';
import { readable } from './text';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Reports (Maps, fractions, latin1 texts) as JSON. Names of a map become names of an object without prototype. */
export function jsonOf(value: unknown): Json {
  if (value instanceof Fraction) return value.value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string') return readable(value);
  if (typeof value === 'boolean' || value === null) return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  if (value instanceof Map) return objectOf(value);
  if (typeof value === 'object') return objectOf(Object.entries(value));
  return null;
}

function objectOf(entries: Iterable<readonly [string, unknown]>): Json {
  const object: Record<string, Json> = Object.create(null);
  for (const [name, value] of entries) if (value !== undefined) object[readable(name)] = jsonOf(value);
  return object;
}
