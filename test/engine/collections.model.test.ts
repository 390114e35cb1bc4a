import fc from 'fast-check';
import { bytesOf } from '../../src/base/bytes';
import { Fault } from '../../src/base/fault';
import type { Engine } from '../../src/engine/engine';
import type { Collection } from '../../src/types/collection';
import type { Kind } from '../../src/types/kinds';
import { manualWorld } from '../support/manual-world';
import { contentsOf } from '../types/contents';
import { buildEngine } from './build';

/** Few elements are many here, so that collections cross the border between bytes and objects both ways of growing. */
const LIMITS = { hashEntries: 6, hashValueBytes: 8, zsetEntries: 6, zsetValueBytes: 8, intsetEntries: 10 };
const MAKES = { create: true, addsBytes: 100 };
const TAKES = { create: false, addsBytes: 0 };

type Content =
  | { kind: 'string'; text: string }
  | { kind: 'hash'; fields: Map<string, string> }
  | { kind: 'set'; members: Set<string> }
  | { kind: 'zset'; scores: Map<string, number> }
  | { kind: 'list'; elements: string[] };

interface Entry {
  content: Content;
  expiresAt: number;
  tagged: boolean;
  /** Invalidations before it was made. */
  madeAt: number;
}

function plainOf(content: Content): unknown {
  switch (content.kind) {
    case 'hash':
      return [...content.fields].sort(([a], [b]) => (a < b ? -1 : 1));
    case 'set':
      return [...content.members].sort();
    case 'zset':
      return [...content.scores].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1));
    case 'list':
      return [...content.elements];
    case 'string':
      return content.text;
  }
}

function emptyOf(kind: Kind): Content {
  if (kind === 'hash') return { kind, fields: new Map() };
  if (kind === 'set') return { kind, members: new Set() };
  if (kind === 'zset') return { kind, scores: new Map() };
  return { kind, elements: [] };
}

function sizeOf(content: Content): number {
  return (plainOf(content) as unknown[]).length;
}

function cloneOf(content: Content): Content {
  return structuredClone(content);
}

/** Adds or takes one element, in the model and in the engine; both answer the same. */
function edit(engine: Engine, key: string, kind: Kind, content: Content | null, adds: boolean, word: number): void {
  const name = word % 3 === 0 ? `long name ${word}` : String(word);
  const [bytes, score] = [bytesOf(name), word % 5];
  const change = adds ? MAKES : TAKES;
  const { collections } = engine;
  const k = bytesOf(key);
  let given: unknown;
  let wanted: unknown;
  if (kind === 'hash') {
    const fields = content?.kind === 'hash' ? content.fields : null;
    const value = `v${word % 7}`;
    given = collections.change(0, k, kind, change, (found) =>
      adds ? found!.set(bytes, bytesOf(value)) : (found?.delete(bytes) ?? false),
    );
    wanted = adds ? !fields!.has(name) : (fields?.delete(name) ?? false);
    if (adds) fields!.set(name, value);
  } else if (kind === 'set') {
    const members = content?.kind === 'set' ? content.members : null;
    given = collections.change(0, k, kind, change, (found) =>
      adds ? found!.add(bytes) : (found?.delete(bytes) ?? false),
    );
    wanted = adds ? !members!.has(name) : (members?.delete(name) ?? false);
    if (adds) members!.add(name);
  } else if (kind === 'zset') {
    const scores = content?.kind === 'zset' ? content.scores : null;
    given = collections.change(0, k, kind, change, (found) =>
      adds ? found!.put(bytes, score) : (found?.delete(bytes) ?? false),
    );
    wanted = adds ? !scores!.has(name) : (scores?.delete(name) ?? false);
    if (adds) scores!.set(name, score);
  } else {
    const elements = content?.kind === 'list' ? content.elements : null;
    const end = word % 2 === 0 ? 'left' : 'right';
    given = collections.change(0, k, kind, change, (found) =>
      adds ? found!.push(end, bytes) : (found?.pop(end) ?? undefined),
    );
    if (adds) wanted = end === 'left' ? void elements!.unshift(name) : void elements!.push(name);
    else wanted = end === 'left' ? elements?.shift() : elements?.pop();
  }
  expect(given).toEqual(wanted);
}

const KINDS: readonly Kind[] = ['hash', 'set', 'zset', 'list'];
const KEYS = ['a', 'b', 'c'];
const key = fc.constantFrom(...KEYS);
const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ act: fc.constant('add'), key, word: fc.nat(40), kind: fc.constantFrom(...KINDS) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ act: fc.constant('take'), key, word: fc.nat(40), kind: fc.constantFrom(...KINDS) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom(
        'copy',
        'rename',
        'store',
        'string',
        'remove',
        'expire',
        'tag',
        'invalidate',
        'wait',
        'purge',
      ),
      key,
      word: fc.nat(2),
      kind: fc.constantFrom(...KINDS),
    }),
  },
);

function run(steps: readonly { act: string; key: string; word: number; kind: Kind }[]): void {
  const world = manualWorld(3);
  const engine = buildEngine(world, { typeLimits: LIMITS });
  const model = new Map<string, Entry>();
  const live = (name: string) => {
    const entry = model.get(name);
    if (entry !== undefined && entry.expiresAt <= world.clock.now) model.delete(name);
    return model.get(name);
  };
  let madeAt = 0;
  const fresh = (content: Content): Entry => ({ content, expiresAt: Number.POSITIVE_INFINITY, tagged: false, madeAt });

  for (const { act, key: name, word, kind } of steps) {
    const k = bytesOf(name);
    const entry = live(name);
    const other = KEYS[(KEYS.indexOf(name) + 1 + (word % 2)) % KEYS.length]!;
    if (act === 'add' || act === 'take') {
      if (entry !== undefined && entry.content.kind !== kind) {
        const attempt = () => edit(engine, name, kind, emptyOf(kind), act === 'add', word);
        expect(attempt).toThrow(Fault);
        continue;
      }
      const content = entry?.content ?? (act === 'add' ? emptyOf(kind) : null);
      edit(engine, name, kind, content, act === 'add', word);
      if (content === null) continue;
      if (sizeOf(content) === 0) model.delete(name);
      else if (entry === undefined) model.set(name, fresh(content));
    } else if (act === 'copy' || act === 'rename') {
      engine[act](0, k, 0, bytesOf(other), true);
      if (entry === undefined) continue;
      model.set(other, { ...entry, content: cloneOf(entry.content) });
      if (act === 'rename') model.delete(name);
    } else if (act === 'store') {
      const found = entry?.content.kind === kind ? engine.collections.find(0, k, kind) : null;
      const made = found === null ? engine.collections.empty(kind) : (found as Collection).clone();
      void engine.collections.store(0, bytesOf(other), made);
      if (found === null) model.delete(other);
      else model.set(other, fresh(cloneOf(entry!.content)));
    } else if (act === 'string') {
      engine.set(0, k, bytesOf('text'));
      model.set(name, fresh({ kind: 'string', text: 'text' }));
    } else if (act === 'remove') {
      engine.remove(0, k);
      model.delete(name);
    } else if (act === 'expire' && entry !== undefined) {
      entry.expiresAt = world.clock.now + 1000 * (word + 1);
      void engine.expire(0, engine.locate(0, k) as number, entry.expiresAt);
    } else if (act === 'tag' && entry !== undefined) {
      engine.tagAdd(0, k, ['t']);
      entry.tagged = true;
      // What was made before an invalidation of the tag cannot carry it.
      if (entry.madeAt < madeAt) model.delete(name);
    } else if (act === 'invalidate') {
      engine.invalidateTags(['t']);
      madeAt++;
      for (const each of KEYS) if (live(each)?.tagged) model.delete(each);
    } else if (act === 'wait') world.clock.now += 700;
    else if (act === 'purge') {
      // Blocks move: whoever held on to a view would read something else.
      engine.core.memory.purge();
      while (!engine.core.memory.compact(1000));
    }
    for (const each of KEYS) check(engine, each, live(each));
  }
  engine.audit();
  for (const each of KEYS) engine.remove(0, bytesOf(each));
  expect(engine.core.memory.attachments.usedBytes).toBe(0);
}

function check(engine: Engine, name: string, entry: Entry | undefined): void {
  const k = bytesOf(name);
  const slot = engine.locate(0, k) as number;
  expect(slot !== 0).toBe(entry !== undefined);
  if (entry === undefined) return;
  const { kind } = entry.content;
  if (kind === 'string') return;
  const found = engine.collections.find(0, k, kind);
  expect(contentsOf(found as never)).toEqual(plainOf(entry.content));
  expect(engine.tagsOf(0, k)).toEqual(entry.tagged ? ['t'] : []);
  expect(engine.expiresAt(slot)).toBe(entry.expiresAt);
}

test('collections are what plain Maps and arrays are, packed or not', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => run(steps)),
    { numRuns: 80 },
  );
}, 30_000);

test('runs of one kind grow over the border and shrink', () => {
  fc.assert(
    fc.property(fc.constantFrom(...KINDS), fc.array(step, { minLength: 80, maxLength: 160 }), (kind, steps) =>
      run(steps.map((each) => ({ ...each, kind, key: each.act === 'add' || each.act === 'take' ? 'a' : each.key }))),
    ),
    { numRuns: 40 },
  );
}, 30_000);
