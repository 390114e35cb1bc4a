import { failure, type LoadFailure } from '../loader';
import { expectEnd, NotJson, type Slice, slicesOf } from './json-slices';

/** After so many bytes the event loop has its turn: well below a millisecond. */
const TURN_BYTES = 128 * 1024;

/** What one call for several ids brought, by id (latin1). A failure counts before a value. */
export interface Batch {
  /** null: absent. */
  values: ReadonlyMap<string, Buffer | null>;
  failures: ReadonlyMap<string, LoadFailure>;
}

export interface BatchFormat {
  /** The member of an element that says whose it is. */
  key: string;
  /** `text`: strings are their text; `json`: they are JSON. */
  format: 'text' | 'json';
}

/**
 * Takes the answer of a call for several ids apart. It is a JSON object by id; or an array of objects that each name
 * their id in a member; or an array in the order of the ids. null is absent, as is what is not there; but where others
 * are named than were asked for, what is not there is a failure. Yields when the event loop should have a turn.
 */
export function* readBatch(
  body: Buffer,
  ids: readonly string[],
  { key, format }: BatchFormat,
): Generator<undefined, Batch | LoadFailure> {
  // Latin1 keeps every byte, and names compare with ids as they are.
  const text = body.toString('latin1');
  try {
    const slices = yield* gather(text);
    const owners = /^\s*\{/.test(text)
      ? slices.map(({ name }) => textOf(`"${name}"`))
      : yield* ownersOf(text, slices, ids, key);
    return typeof owners === 'string' ? failure(owners, false) : yield* assign(text, slices, owners, ids, format);
  } catch (error) {
    if (!(error instanceof NotJson || error instanceof SyntaxError)) throw error;
    return failure('response to a list is not JSON', false);
  }
}

/** Counts the work done, and says when it is time to yield. */
class Turns {
  private doneBytes = 0;

  isOver({ start, end }: Slice): boolean {
    this.doneBytes += end - start;
    if (this.doneBytes < TURN_BYTES) return false;
    this.doneBytes = 0;
    return true;
  }
}

function* gather(text: string): Generator<undefined, Slice[]> {
  const slices: Slice[] = [];
  const turns = new Turns();
  const reader = slicesOf(text);
  for (;;) {
    const next = reader.next();
    if (next.done === true) {
      expectEnd(text, next.value);
      return slices;
    }
    slices.push(next.value);
    if (turns.isOver(next.value)) yield;
  }
}

/** Undefined: nobody's. */
type Owners = readonly (string | undefined)[];

/** Whose each element of an array is, or why nobody can say. */
function* ownersOf(
  text: string,
  slices: readonly Slice[],
  ids: readonly string[],
  key: string,
): Generator<undefined, Owners | string> {
  const owners: (string | undefined)[] = [];
  const turns = new Turns();
  for (const slice of slices) {
    owners.push(text[slice.start] === '{' ? memberOf(text, slice.start, key) : undefined);
    if (turns.isOver(slice)) yield;
  }
  // A null has no name; it is absent, whoever it stands for.
  const isNamed = slices.every(({ start }, i) => owners[i] !== undefined || text.startsWith('null', start));
  if (isNamed && (slices.length === 0 || owners.some((owner) => owner !== undefined))) return owners;
  if (slices.length === ids.length && owners.every((owner) => owner === undefined)) return ids;
  return 'response to a list has neither ids nor the length of the list';
}

/** An id as text, whether it is a string or a number. */
function memberOf(text: string, start: number, key: string): string | undefined {
  for (const { name, start: from, end } of slicesOf(text, start)) {
    if (textOf(`"${name}"`) !== key) continue;
    const value = text.slice(from, end);
    if (/^["\d-]/.test(value)) return textOf(value);
  }
  return undefined;
}

function* assign(
  text: string,
  slices: readonly Slice[],
  owners: Owners,
  ids: readonly string[],
  format: BatchFormat['format'],
): Generator<undefined, Batch> {
  const values = new Map<string, Buffer | null>(ids.map((id) => [id, null]));
  const failures = new Map<string, LoadFailure>();
  const turns = new Turns();
  let isForeign = false;
  for (const [i, slice] of slices.entries()) {
    const owner = owners[i];
    if (owner === undefined) continue;
    const known = values.get(owner);
    if (known === undefined) isForeign = true;
    else if (known !== null) failures.set(owner, failure('response to a list has two values for the key', false));
    const value = text.slice(slice.start, slice.end);
    const isValue = known === null && value !== 'null';
    if (isValue) values.set(owner, Buffer.from(format === 'text' ? textOf(value) : value, 'latin1'));
    if (turns.isOver(slice)) yield;
  }
  const missing = failure('response to a list names others than were asked for', false);
  if (isForeign) for (const [id, value] of values) if (value === null) failures.set(id, missing);
  return { values, failures };
}

/** What a JSON string stands for, as latin1 of its UTF-8; any other value as it stands there. */
function textOf(value: string): string {
  if (!value.startsWith('"')) return value;
  if (!value.includes('\\')) return value.slice(1, -1);
  const parsed = JSON.parse(Buffer.from(value, 'latin1').toString('utf8')) as string;
  return Buffer.from(parsed, 'utf8').toString('latin1');
}
