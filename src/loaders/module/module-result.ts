import { types } from 'node:util';
import { failure, type LoadFailure, type LoadResult } from '../loader';

/** What a module may say beside a value. Times in milliseconds, `ttl` in seconds; tags and sources are texts. */
const REMARKS = ['ttl', 'ttlMs', 'tags', 'sources', 'cost', 'store'];

/** Larger ones are refused: tags and keys are no values. */
const LIST_LENGTH_MAX = 10_000;

type Remarks = Omit<Extract<LoadResult, { kind: 'value' }>, 'kind' | 'value'>;

/**
 * A value is text, bytes, or what JSON can hold; null says that there is nothing. Undefined is a `return` that was
 * forgotten, so it is a failure, not absence.
 */
export function resultOf(returned: unknown, sizeBytesMax: number): LoadResult {
  if (returned === null) return { kind: 'absent' };
  if (returned instanceof Error) return failure('module gave an error', true);
  const envelope = envelopeOf(returned);
  if (envelope === undefined) return toValue(returned, {}, sizeBytesMax);
  const { value, ...said } = envelope;
  const unknown = Object.keys(said).find((name) => !REMARKS.includes(name));
  if (unknown !== undefined) return failure('module gave a value with unknown fields', false);
  const remarks = remarksOf(said);
  if ('kind' in remarks) return remarks;
  if (value === null) return { kind: 'absent', ...(remarks.ttlMs !== undefined && { ttlMs: remarks.ttlMs }) };
  return toValue(value, remarks, sizeBytesMax);
}

function toValue(value: unknown, remarks: Remarks, sizeBytesMax: number): LoadResult {
  const bytes = bytesOf(value, sizeBytesMax);
  return Buffer.isBuffer(bytes) ? { kind: 'value', value: bytes, ...remarks } : bytes;
}

function bytesOf(value: unknown, sizeBytesMax: number): Buffer | LoadFailure {
  const tooLarge = () => failure(`response larger than ${sizeBytesMax} bytes`, false);
  if (typeof value === 'string') return Buffer.byteLength(value) > sizeBytesMax ? tooLarge() : Buffer.from(value);
  if (types.isUint8Array(value)) return value.byteLength > sizeBytesMax ? tooLarge() : Buffer.from(value);
  if (value === undefined) return failure('module gave undefined (null says that there is nothing)', false);
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // Circles and bigints; `json` stays undefined.
  }
  if (typeof json !== 'string') return failure(`module gave a ${typeof value} that is no JSON`, false);
  return Buffer.byteLength(json) > sizeBytesMax ? tooLarge() : Buffer.from(json);
}

/** An object with `value` alone or with remarks. One whose other fields are all of other names is a value itself. */
function envelopeOf(returned: unknown): ({ value: unknown } & Record<string, unknown>) | undefined {
  if (typeof returned !== 'object' || returned === null || !Object.hasOwn(returned, 'value')) return undefined;
  const others = Object.keys(returned).filter((name) => name !== 'value');
  const isEnvelope = others.length === 0 || others.some((name) => REMARKS.includes(name));
  return isEnvelope ? (returned as { value: unknown }) : undefined;
}

function remarksOf({ ttl, ttlMs, tags, sources, cost, store }: Record<string, unknown>): Remarks | LoadFailure {
  const remarks: Remarks = {};
  const time = ttlMs ?? (typeof ttl === 'number' ? ttl * 1000 : ttl);
  if (time !== undefined && !isAmount(time)) return failure('module gave a ttl that is no number', false);
  if (cost !== undefined && !isAmount(cost)) return failure('module gave a cost that is no number', false);
  if (store !== undefined && typeof store !== 'boolean') return failure('module gave a store that is no truth', false);
  if (isAmount(time)) {
    // Nothing lives for no time at all.
    if (time === 0) remarks.store = false;
    else remarks.ttlMs = Math.ceil(time);
  }
  if (isAmount(cost)) remarks.costUs = Math.ceil(cost * 1000);
  if (store === false) remarks.store = false;
  for (const [name, list] of [['tags', tags] as const, ['sources', sources] as const]) {
    if (list === undefined) continue;
    if (!isTexts(list)) return failure(`module gave ${name} that are no texts`, false);
    remarks[name] = list.map((text) => Buffer.from(text, 'utf8').toString('latin1'));
  }
  return remarks;
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER / 1000;
}

function isTexts(list: unknown): list is string[] {
  return Array.isArray(list) && list.length <= LIST_LENGTH_MAX && list.every((each) => typeof each === 'string');
}
