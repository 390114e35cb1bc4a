import { DEMAND_KEY_BYTES_MAX } from '../../engine/demand';
import { type ByteReader, type ByteWriter, Malformed } from './bytes-io';
import type { HotKey, HotKeys } from './hot-keys';
import { HOURS } from './hours';
import type { Learned, SourceCapacity } from './learned';
import type { Row } from './transitions';
import { KEYS_PER_USER_MAX } from './users';

/** Keys written between two looks at the clock: some tens of microseconds. */
const STEP = 128;
/** Lists of a file claim no more than this; what the limits of today do not hold is read and dropped. */
const ITEMS_MAX = 10_000_000;

/**
 * Writes everything learned, in steps. A key is written as it is in that moment; one that takes the place of another meanwhile
 * may be missing, which costs a load at the next start.
 */
export function* encode(learned: Learned, out: ByteWriter, wallMs: number): Generator<void, void, void> {
  out.f64(wallMs);
  yield* encodeKeys(learned.recent, out, wallMs);
  for (let hour = 0; hour < HOURS; hour++) yield* encodeKeys(learned.hours.at(hour), out, wallMs);
  const templates = [...learned.templates];
  out.u32(templates.length);
  for (const [match, { profile, popular }] of templates) {
    out.utf8(match);
    for (const uses of profile.uses) out.f32(uses);
    yield* encodeKeys(popular, out, wallMs);
  }
  encodeRow(learned.transitions.starts, out);
  const rows = [...learned.transitions.rows];
  out.u32(rows.length);
  for (const [match, row] of rows) {
    out.utf8(match);
    encodeRow(row, out);
    yield;
  }
  out.u32(learned.capacities.length);
  for (const { name, perSecond, usualMs } of learned.capacities) {
    out.utf8(name);
    out.f32(perSecond);
    out.f32(usualMs);
  }
  yield* encodeUsers(learned, out);
  out.end();
}

/** Takes over what was written. Time that the process was down does not count: nobody could see what was asked for. */
export function decode(learned: Learned, from: ByteReader, wallMs: number): void {
  from.f64();
  decodeKeys(learned.recent, from, wallMs);
  for (let hour = 0; hour < HOURS; hour++) decodeKeys(learned.hours.at(hour), from, wallMs);
  times(from, () => {
    const template = learned.templateOf(from.utf8());
    const uses = Array.from({ length: HOURS }, () => from.f32());
    template?.profile.restore(uses, wallMs);
    decodeKeys(template?.popular, from, wallMs, (text) => text);
  });
  decodeRow(learned.transitions.starts, from);
  times(from, () => decodeRow(learned.transitions.rowOf(from.utf8()), from));
  const capacities: SourceCapacity[] = [];
  times(from, () => capacities.push({ name: from.utf8(), perSecond: from.f32(), usualMs: from.f32() }));
  learned.capacities = capacities;
  times(from, () => {
    const id = from.text();
    const lastTemplate = from.utf8();
    const lastAtMs = from.f64();
    times(from, (index) => {
      const name = keyName(from.text());
      const user = learned.users.note(id, name, from.f32());
      if (user !== undefined && index === 0)
        Object.assign(user, { lastTemplate, lastAtMs: Math.min(lastAtMs, wallMs) });
    });
  });
  if (!from.isAtEnd) throw new Malformed('there is more than it says');
}

function* encodeKeys(keys: HotKeys, out: ByteWriter, wallMs: number): Generator<void, void, void> {
  const { size } = keys;
  out.u32(size);
  for (let item = 0; item < size; item++) {
    out.text(keys.nameOf(item));
    out.f32(keys.countOf(item, wallMs));
    out.f32(keys.errorOf(item, wallMs));
    if (item % STEP === STEP - 1) yield;
  }
}

function decodeKeys(keys: HotKeys | undefined, from: ByteReader, wallMs: number, nameOf = keyName): void {
  const found: HotKey[] = [];
  times(from, () => {
    const name = nameOf(from.text());
    const count = from.f32();
    const error = from.f32();
    if (error > count) throw new Malformed('an error above its count');
    found.push({ name, count, error });
  });
  if (keys === undefined) return;
  // The least used are left out where the file has more than there is room for.
  found.sort((a, b) => b.count - b.error - (a.count - a.error));
  for (const key of found.slice(0, keys.keysMax)) keys.restore(key, wallMs);
}

function* encodeUsers({ users }: Learned, out: ByteWriter): Generator<void, void, void> {
  const all = [...users.all()];
  out.u32(all.length);
  for (const [index, [id, { keys, lastTemplate, lastAtMs }]] of all.entries()) {
    out.text(id);
    out.utf8(lastTemplate);
    out.f64(lastAtMs);
    out.u32(keys.size);
    for (const [name, uses] of keys) {
      out.text(name);
      out.f32(uses);
    }
    if (index % (STEP / KEYS_PER_USER_MAX) === 0) yield;
  }
}

function encodeRow(row: Row, out: ByteWriter): void {
  out.u32(row.counts.size);
  for (const [match, count] of row.counts) {
    out.utf8(match);
    out.f32(count);
  }
}

function decodeRow(row: Row, from: ByteReader): void {
  times(from, () => row.add(from.utf8(), from.f32()));
}

function times(from: ByteReader, each: (index: number) => unknown): void {
  const count = from.u32();
  if (count > ITEMS_MAX) throw new Malformed('a list is too long');
  for (let index = 0; index < count; index++) each(index);
}

/** Of a database there is, and no longer than keys that are learned. */
function keyName(name: string): string {
  if (name.length < 1 || name.length > DEMAND_KEY_BYTES_MAX + 1 || name.charCodeAt(0) > 15)
    throw new Malformed('a key that none can be');
  return name;
}
