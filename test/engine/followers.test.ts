import fc from 'fast-check';
import { type Follower, Followers } from '../../src/engine/followers';

class Listener implements Follower {
  readonly heard: string[] = [];
  constructor(readonly number: number) {}
  noticed(db: number, key: string): void {
    this.heard.push(`${db}${key}`);
  }
}

const name = fc.constantFrom('\x00a', '\x00b', '\x01a', '\x01c');
const tag = fc.constantFrom('t', 'u', 'v');
const who = fc.constantFrom(0, 1, 2);
const step = fc.oneof(
  fc.record({ op: fc.constant('add' as const), name, who, tags: fc.uniqueArray(tag, { maxLength: 2 }) }),
  fc.record({ op: fc.constant('delete' as const), name, who }),
  fc.record({ op: fc.constant('tell' as const), name }),
  fc.record({ op: fc.constant('tellTag' as const), tag }),
  fc.record({ op: fc.constant('tellOldest' as const) }),
);

test('each key is given up in its turn, those that came since at the end', () => {
  const followers = new Followers();
  const listener = new Listener(0);
  const names = Array.from({ length: 2000 }, (_, i) => `\x00key:${i}`);
  for (const each of names) followers.add(each, listener, () => []);
  for (let i = 0; i < 1000; i++) followers.tellOldest();
  expect(new Set(listener.heard).size).toBe(1000);
  for (const each of names) followers.add(each, listener, () => []);
  for (let i = 0; i < 1000; i++) followers.tellOldest();
  expect(new Set(listener.heard).size).toBeGreaterThan(1400);
  for (let i = 0; i < 1000; i++) followers.tellOldest();
  expect(followers.size).toBe(0);
  followers.tellOldest();
  expect(listener.heard).toHaveLength(3000);
});

test('of a tag with too many keys nobody is told one by one', () => {
  const followers = new Followers(3);
  const listener = new Listener(0);
  const follow = (name: string) => followers.add(`\x00${name}`, listener, () => ['t']);
  for (const each of ['a', 'b', 'c']) follow(each);
  expect(followers.tellTag('t')).toBe(true);
  expect([...listener.heard].sort()).toEqual(['0a', '0b', '0c']);
  for (const each of ['a', 'b', 'c', 'd']) follow(each);
  expect(followers.tellTag('t')).toBe(false);
  expect(followers.size).toBe(4);
  for (const each of ['a', 'b', 'c', 'd']) followers.tell(`\x00${each}`);
  expect(followers.bytesUsed).toBe(0);
  follow('a');
  expect(followers.tellTag('t')).toBe(true);
});

test('followers, and tags of what they follow, against plain lists', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const followers = new Followers();
      const listeners = [0, 1, 2].map((number) => new Listener(number));
      const heard = listeners.map((): string[] => []);
      const model = new Map<string, { who: Set<number>; tags: readonly string[] }>();
      const tell = (each: string) => {
        for (const one of model.get(each)?.who ?? []) heard[one]!.push(`${each.charCodeAt(0)}${each.slice(1)}`);
        model.delete(each);
      };
      for (const each of steps) {
        switch (each.op) {
          case 'add': {
            const known = model.get(each.name);
            if (known === undefined) model.set(each.name, { who: new Set([each.who]), tags: each.tags });
            else known.who.add(each.who);
            followers.add(each.name, listeners[each.who]!, () => each.tags);
            break;
          }
          case 'delete':
            model.get(each.name)?.who.delete(each.who);
            if (model.get(each.name)?.who.size === 0) model.delete(each.name);
            followers.delete(each.name, listeners[each.who]!);
            break;
          case 'tell':
            tell(each.name);
            followers.tell(each.name);
            break;
          case 'tellTag':
            for (const [named, { tags }] of [...model]) if (tags.includes(each.tag)) tell(named);
            followers.tellTag(each.tag);
            break;
          default: {
            const before = [...followers.names()];
            followers.tellOldest();
            const gone = before.filter((named) => !followers.has(named));
            expect(gone).toHaveLength(Math.min(1, before.length));
            for (const named of gone) tell(named);
          }
        }
        expect(listeners.map((one) => [...one.heard].sort())).toEqual(heard.map((one) => [...one].sort()));
        expect(followers.size).toBe(model.size);
        expect(followers.items).toBe([...model.values()].reduce((sum, { who: all }) => sum + all.size, 0));
      }
      for (const named of [...model.keys()]) followers.tell(named);
      expect(followers.bytesUsed).toBe(0);
    }),
  );
});
