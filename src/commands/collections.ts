import type { Bytes } from '../base/bytes';
import { bytesOf } from '../base/bytes';
import { Fault } from '../base/fault';
import type { Kind, Kinds } from '../types/kinds';
import type { Context, Outcome } from './context';
import { type Args, bytes, integer, shown, text, token } from './framework/arguments';
import { parseCursor } from './framework/cursor';
import { SYNTAX } from './framework/faults';
import { glob } from './framework/glob';
import type { Argument } from './framework/wire';

/** About what a collection and its entry take beside the bytes of a command. */
const OVERHEAD_BYTES = 256;
const COUNT_DEFAULT = 10;
/** However many are asked for: a call must not hold the loop. */
const SCANNED_MAX = 10_000;
/** Elements that a negative count may repeat. */
const REPEATS_MAX = 1 << 20;
const OUT_OF_RANGE = new Fault('ERR value is out of range');

/** The collection, or null, to be read at once. */
export function found<K extends Kind>(
  ctx: Context,
  key: Bytes,
  kind: K,
  then: (found: Kinds[K] | null) => Outcome,
): Outcome {
  return ctx.when(ctx.engine.collections.find(ctx.client.db, key, kind), then);
}

/** The collections of several keys, as they are in the moment of `then`, which may decide a write by them. */
export function foundAll<K extends Kind>(
  ctx: Context,
  keys: readonly Bytes[],
  kinds: readonly K[],
  then: (found: readonly (Kinds[K] | null)[]) => Outcome,
): Outcome {
  return ctx.current(() => ctx.engine.collections.findMany(ctx.client.db, keys, kinds), then);
}

/** Bytes of the words together. */
export function bytesOfAll(words: readonly Bytes[]): number {
  let bytes = 0;
  for (const { start, end } of words) bytes += end - start;
  return bytes;
}

/** Lets `edit` add to the collection, which is made if there is none; `adds` is how many bytes of words it may keep. */
export function adding<K extends Kind, R>(
  ctx: Context,
  key: Bytes,
  kind: K,
  adds: number,
  edit: (found: Kinds[K]) => R,
  then: (outcome: R) => Outcome,
): Outcome {
  const change = { create: true, addsBytes: OVERHEAD_BYTES + adds, client: ctx.client.id };
  // With `create` there always is one.
  const some = edit as (found: Kinds[K] | null) => R;
  const outcome = ctx.engine.collections.change(ctx.client.db, key, kind, change, some);
  return outcome instanceof Promise ? ctx.when(outcome, then) : then(outcome);
}

/** Lets `edit` change the collection, if there is one, without adding much; undefined if there is none. */
export function changing<K extends Kind, R>(
  ctx: Context,
  key: Bytes,
  kind: K,
  edit: (found: Kinds[K]) => R,
  then: (outcome: R | undefined) => Outcome,
): Outcome {
  const change = { create: false, addsBytes: 0, client: ctx.client.id };
  return ctx.when(
    ctx.engine.collections.change(ctx.client.db, key, kind, change, (found) =>
      found === null ? undefined : edit(found),
    ),
    then,
  );
}

/** An element as a bulk, or null. */
export function writeElement(ctx: Context, element: Bytes | string | null | undefined): void {
  if (element === null || element === undefined) ctx.out.nil();
  else if (typeof element === 'string') ctx.out.bulkText(element);
  else ctx.out.bulk(element);
}

export function writeTexts(ctx: Context, texts: readonly string[]): void {
  ctx.out.array(texts.length);
  for (const each of texts) ctx.out.bulkText(each);
}

/** `count` different places of `length`, in any order; all of them, in order, where count is no less. */
export function differentPlaces(ctx: Context, length: number, count: number): number[] {
  if (count >= length) return Array.from({ length }, (_, place) => place);
  const { collections } = ctx.engine;
  const picked = new Set<number>();
  // Floyd: every choice is as likely as every other, and none is drawn in vain.
  for (let last = length - count; last < length; last++) {
    const place = Math.floor(collections.random() * (last + 1));
    picked.add(picked.has(place) ? last : place);
  }
  return [...picked];
}

/** Places for a count as the RANDFIELD and RANDMEMBER commands have it: negative ones repeat. */
export function randomPlaces(ctx: Context, length: number, count: number): number[] {
  if (length === 0) return [];
  if (count >= 0) return differentPlaces(ctx, length, count);
  const { collections } = ctx.engine;
  return Array.from({ length: -count }, () => Math.floor(collections.random() * length));
}

/** A count that may be negative. */
export function repeatingCount(range: Fault = OUT_OF_RANGE) {
  return integer({ min: -REPEATS_MAX, outOfRange: range }, 'count');
}

/** The words of HSCAN, SSCAN and ZSCAN after the key. */
export const SCAN_ARGS = {
  cursor: shown(text(), { type: 'integer' }),
  pattern: token('MATCH', bytes(undefined, 'pattern')),
  count: token('COUNT', integer({ min: 1, outOfRange: SYNTAX })),
} satisfies Args;

export interface ScanWords {
  cursor: string;
  pattern: Argument | undefined;
  count: number | undefined;
}

interface Scanned<T> {
  scan(cursor: number, count: number, visit: (name: string, value: T) => void): number;
}

/** What HSCAN, SSCAN and ZSCAN answer; `words` are an element's words in the reply. */
export function scanElements<K extends Kind, T>(
  ctx: Context,
  key: Bytes,
  kind: K & (Kinds[K] extends Scanned<T> ? K : never),
  { cursor, pattern, count = COUNT_DEFAULT }: ScanWords,
  words: (name: string, value: T) => readonly string[],
): Outcome {
  const from = Number(parseCursor(cursor));
  const matches = pattern === undefined ? undefined : glob(pattern);
  return found(ctx, key, kind, (given) => {
    const { out } = ctx;
    const texts: string[] = [];
    const keep = (name: string, value: T) => {
      if (matches === undefined || matches(bytesOf(name))) texts.push(...words(name, value));
    };
    const scanned = given as unknown as Scanned<T> | null;
    const next = scanned === null ? 0 : scanned.scan(from, Math.min(count, SCANNED_MAX), keep);
    out.array(2);
    out.bulkText(String(next));
    writeTexts(ctx, texts);
  });
}
