import fc from 'fast-check';
import { buildEngine } from '../engine/build';
import { manualWorld } from '../support/manual-world';
import { FakeClient, type HeldClock, type House, plainHouse, Visitor } from './house';
import { show } from './reply';

/** What WATCH must see, said as plainly as possible: which of the keys each command changes. */
class Model {
  dbs = [new Map<string, Entry>(), new Map<string, Entry>()];

  live(key: string, now: number, db = 0): Entry | undefined {
    const entry = this.dbs[db]!.get(key);
    return entry === undefined || entry.expiresAt <= now ? undefined : entry;
  }

  /** The keys that it touches. */
  run([name, key, other]: readonly string[], now: number): readonly string[] {
    const db = this.dbs[0]!;
    const entry = key === undefined ? undefined : this.live(key, now);
    switch (name) {
      case 'SET NX':
        if (entry !== undefined) return [];
        db.set(key!, { expiresAt: Infinity, tags: [] });
        return [key!];
      case 'SET':
        db.set(key!, { expiresAt: Infinity, tags: [] });
        return [key!];
      case 'SET PX':
        db.set(key!, { expiresAt: now + 5, tags: [] });
        return [key!];
      case 'TAGSET':
        db.set(key!, { expiresAt: Infinity, tags: [other!] });
        return [key!];
      case 'APPEND':
        db.set(key!, entry ?? { expiresAt: Infinity, tags: [] });
        return [key!];
      case 'DEL':
      case 'INVALKEY':
        return db.delete(key!) && entry !== undefined ? [key!] : [];
      case 'PEXPIRE':
        if (entry === undefined) return [];
        entry.expiresAt = now + 5;
        return [key!];
      case 'PERSIST':
        if (entry === undefined || entry.expiresAt === Infinity) return [];
        entry.expiresAt = Infinity;
        return [key!];
      case 'TAGADD':
        if (entry === undefined || entry.tags.includes(other!)) return [];
        entry.tags.push(other!);
        return [key!];
      case 'INVALTAG': {
        const carriers = KEYS.filter((each) => this.live(each, now)?.tags.includes(key!));
        for (const each of carriers) db.delete(each);
        // A tag is one over all databases; who watches there is nobody.
        for (const [each, { tags }] of this.dbs[1]!) if (tags.includes(key!)) this.dbs[1]!.delete(each);
        return carriers;
      }
      case 'RENAME':
        if (entry === undefined || key === other) return [];
        db.delete(key!);
        db.set(other!, entry);
        return [key!, other!];
      case 'COPY':
        if (entry === undefined || key === other) return [];
        db.set(other!, { expiresAt: entry.expiresAt, tags: [...entry.tags] });
        return [other!];
      case 'SWAPDB': {
        const there = KEYS.filter((each) => this.live(each, now) ?? this.live(each, now, 1));
        this.dbs.reverse();
        return there;
      }
      case 'FLUSHDB': {
        const there = KEYS.filter((each) => this.live(each, now));
        db.clear();
        return there;
      }
      default:
        return [];
    }
  }
}

interface Entry {
  expiresAt: number;
  tags: string[];
}

const KEYS = ['a', 'b', 'c'];
const key = fc.constantFrom(...KEYS);
const tag = fc.constantFrom('t', 'u');
const verb = <const V extends string>(...names: V[]) => fc.constantFrom(...names);
const change = fc.oneof(
  fc.tuple(verb('SET', 'SET NX', 'SET PX', 'APPEND', 'DEL', 'INVALKEY', 'PEXPIRE', 'PERSIST', 'GET', 'TTL'), key),
  fc.tuple(verb('TAGSET', 'TAGADD'), key, tag),
  fc.tuple(verb('INVALTAG'), tag),
  fc.tuple(verb('RENAME', 'COPY'), key, key),
  fc.tuple(verb('SWAPDB', 'FLUSHDB')),
);
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('change' as const), words: change, mine: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('advance' as const), ms: fc.constantFrom(1, 6) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'turn' as const }) },
);
const round = fc.record({
  before: fc.array(step, { maxLength: 6 }),
  watched: fc.uniqueArray(key, { minLength: 1, maxLength: 2 }),
  after: fc.array(step, { maxLength: 3 }),
});

function requestOf([name, ...rest]: readonly string[]): string[] {
  switch (name) {
    case 'SET NX':
      return ['SET', rest[0]!, 'v', 'NX'];
    case 'SET':
      return ['SET', rest[0]!, 'v'];
    case 'SET PX':
      return ['SET', rest[0]!, 'v', 'PX', '5'];
    case 'TAGSET':
      return ['TAGSET', rest[0]!, 'v', 'TAGS', rest[1]!];
    case 'APPEND':
      return ['APPEND', rest[0]!, 'x'];
    case 'PEXPIRE':
      return ['PEXPIRE', rest[0]!, '5'];
    case 'COPY':
      return ['COPY', ...rest, 'REPLACE'];
    case 'SWAPDB':
      return ['SWAPDB', '0', '1'];
    default:
      return [name!, ...rest];
  }
}

test('EXEC does nothing exactly when a watched key was touched', async () => {
  let aborted = 0;
  let done = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), async (rounds) => {
      const world = manualWorld();
      const engine = buildEngine(world);
      engine.start();
      let clients = 0;
      const house: House = {
        ...plainHouse(),
        engine,
        clock: world.clock as unknown as HeldClock,
        visit: () => new Visitor(new FakeClient(++clients, true), house),
      };
      const me = house.visit();
      const other = house.visit();
      const model = new Model();

      const ask = async (visitor: Visitor, words: readonly string[]): Promise<string> => {
        let reply: string | undefined;
        void visitor.ask(words).then((given) => {
          reply = show(given!);
        });
        for (let turns = 0; reply === undefined; turns++) {
          if (turns > 1000) throw new Error(`no answer to ${words.join(' ')}`);
          world.scheduler.settle();
          await Promise.resolve();
        }
        return reply;
      };
      const touchedBy = async (steps: (typeof rounds)[number]['before']): Promise<Set<string>> => {
        const touched = new Set<string>();
        for (const each of steps) {
          if (each.kind === 'advance') world.scheduler.advance(each.ms);
          else if (each.kind === 'turn') world.scheduler.settle();
          else {
            const reply = await ask(each.mine ? me : other, requestOf(each.words));
            // A fill that began before its key changed: not stored.
            if (each.words[0] === 'TAGSET' && reply !== '+OK') continue;
            for (const name of model.run(each.words, world.clock.now)) touched.add(name);
            // The tag was invalidated after the value's making began, so it died of it: what began when, only the engine knows.
            if (each.words[0] === 'TAGADD' && reply === ':-1') model.dbs[0]!.delete(each.words[1]!);
          }
        }
        return touched;
      };
      for (const { before, watched, after } of rounds) {
        await touchedBy(before);
        const wasLive = watched.map((each) => model.live(each, world.clock.now) !== undefined);
        expect(await ask(me, ['WATCH', ...watched])).toBe('+OK');
        const touched = await touchedBy(after);
        const now = world.clock.now;
        const isGone = watched.some((each, i) => (model.live(each, now) !== undefined) !== wasLive[i]);
        const isAborted = isGone || watched.some((each) => touched.has(each));
        expect(await ask(me, ['MULTI'])).toBe('+OK');
        expect(await ask(me, ['SET', 'a', 'mine'])).toBe('+QUEUED');
        expect(await ask(me, ['EXEC'])).toBe(isAborted ? '*nil' : '[+OK]');
        if (!isAborted) model.run(['SET', 'a'], now);
        if (isAborted) aborted++;
        else done++;
        expect(engine.notices.watched.size).toBe(0);
        expect(engine.core.noticing).toBeNull();
      }
      expect(engine.notices.bytesUsed).toBe(0);
      engine.audit();
    }),
    { numRuns: 80 },
  );
  expect(aborted).toBeGreaterThan(20);
  expect(done).toBeGreaterThan(20);
});
