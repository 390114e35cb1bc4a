import fc from 'fast-check';
import { bytesOf } from '../../src/base/bytes';
import { type Invalidation, type TagName, Tags } from '../../src/invalidation/tags';
import { same } from './same';

/** Tags against a plain model: what an entry carries, and whether a tag it carries was invalidated since it joined. */
interface Entry {
  tags: Set<string>;
  space: number;
  member: number;
  dead: boolean;
}

const NAMES = ['', 'a', 'b', 'c', 'user', 'user:1', '\xff\x01'];
const names = (max: number) => fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: max });
const owner = fc.nat(30);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('join' as const), owner, tags: names(4), space: fc.nat(1) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('leave' as const), owner }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('retag' as const), owner, tags: names(2), remove: names(3) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('invalidate' as const), tags: names(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('settle' as const), budget: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reclaim' as const), budget: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forget' as const), back: fc.nat(3) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

class Run {
  readonly tags: Tags;
  readonly entries = new Map<number, Entry>();
  readonly epochs = new Map<string, number>();
  readonly invalidations: { result: Invalidation; died: number }[] = [];
  epoch = 0;
  forgotten = 0;

  constructor(
    settleAtOnceLinks: number,
    private readonly asBytes: boolean,
  ) {
    this.tags = new Tags(7, { settleAtOnceLinks });
  }

  name(tags: readonly string[]): readonly TagName[] {
    return this.asBytes ? tags.map(bytesOf) : tags;
  }

  do(step: Step): void {
    const entry = 'owner' in step ? this.entries.get(step.owner) : undefined;
    if (step.do === 'join') {
      if (entry) this.tags.leave(entry.member);
      const member = this.tags.join(step.owner, this.name(step.tags), step.space);
      this.entries.set(step.owner, { tags: new Set(step.tags), space: step.space, member, dead: false });
    } else if (step.do === 'leave' && entry) this.leave(step.owner);
    else if (step.do === 'retag' && entry && !entry.dead) this.retag(step.owner, entry, step.tags, step.remove);
    else if (step.do === 'invalidate') this.invalidate(step.tags);
    else if (step.do === 'settle') this.tags.settle(step.budget);
    else if (step.do === 'reclaim') this.tags.reclaim(step.budget, (dead) => this.reclaimed(dead));
    else if (step.do === 'forget') this.forget(this.epoch - step.back);
  }

  leave(who: number): void {
    this.tags.leave(this.entries.get(who)!.member);
    this.entries.delete(who);
  }

  reclaimed(who: number): void {
    same(this.entries.get(who)?.dead, true);
    this.leave(who);
  }

  retag(who: number, entry: Entry, add: string[], remove: string[]): void {
    for (const tag of remove) entry.tags.delete(tag);
    for (const tag of add) entry.tags.add(tag);
    entry.member = this.tags.retag(entry.member, this.name(add), this.name(remove));
    if (entry.tags.size > 0) return;
    same(entry.member, 0);
    this.entries.delete(who);
  }

  invalidate(tags: string[]): void {
    // Every second one shares the epoch of the one before, as in one EXEC.
    if (this.invalidations.length % 2 === 0) this.epoch++;
    let died = 0;
    for (const entry of this.entries.values()) {
      if (entry.dead || !tags.some((tag) => entry.tags.has(tag))) continue;
      entry.dead = true;
      died++;
    }
    for (const tag of tags) this.epochs.set(tag, this.epoch);
    this.invalidations.push({ result: this.tags.invalidate(this.name(tags), this.epoch), died });
  }

  forget(epoch: number): void {
    this.forgotten = Math.max(this.forgotten, epoch);
    this.tags.forget(epoch);
  }

  check(): void {
    this.tags.audit();
    for (const { result, died } of this.invalidations) if (result.exact) same(result.died, died);
    for (const { member, dead, tags } of this.entries.values()) {
      same(this.tags.isDead(member), dead);
      same(this.tags.tagsOf(member), dead ? [] : [...tags].sort());
      for (const tag of NAMES) same(this.tags.has(member, tag), !dead && tags.has(tag));
    }
    for (const tag of NAMES) this.checkTag(tag);
    if (this.tags.settled) this.checkDead();
  }

  checkTag(tag: string): void {
    const live = [...this.entries].filter(([, entry]) => !entry.dead && entry.tags.has(tag)).map(([who]) => who);
    const found: number[] = [];
    this.tags.members(tag, (who) => found.push(who));
    same(found.sort(), live.sort());
    if (this.tags.settled) same(this.tags.live(tag), live.length);
    const epoch = this.epochs.get(tag) ?? 0;
    if (epoch > this.forgotten) same(this.tags.hardEpoch(tag), epoch);
    for (let began = this.forgotten; began <= this.epoch; began++) {
      same(this.tags.anyInvalidatedAfter(['nobody', tag], began), epoch > began);
    }
  }

  checkDead(): void {
    const dead = [...this.entries.values()].filter((entry) => entry.dead);
    same(this.tags.pendingOwners, dead.length);
    for (const space of [0, 1]) {
      same(this.tags.pendingIn(space), dead.filter((entry) => entry.space === space).length);
    }
  }

  end(): void {
    while (!this.tags.settle(3));
    for (const { result } of this.invalidations) same(result.exact, true);
    this.check();
    while (!this.tags.reclaim(3, (dead) => this.reclaimed(dead)));
    for (const who of [...this.entries.keys()]) this.leave(who);
    while (!this.tags.forget(this.epoch, 2));
    this.tags.audit();
    expect(this.tags.stats()).toMatchObject({ tags: 0, cohorts: 0, members: 0, links: 0, bytesUsed: 0 });
    expect(this.tags.stats()).toMatchObject({ idleTags: 0, pendingTags: 0, pendingOwners: 0 });
  }
}

test('tags do what a plain model does, whatever is settled when', () => {
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 20, maxLength: 80 }),
      fc.constantFrom(0, 1, 3, 1_000),
      fc.boolean(),
      (steps, settleAtOnceLinks, asBytes) => {
        const run = new Run(settleAtOnceLinks, asBytes);
        for (const step of steps) {
          run.do(step);
          run.check();
        }
        run.end();
      },
    ),
    { numRuns: 200, seed: 20_240 },
  );
});
