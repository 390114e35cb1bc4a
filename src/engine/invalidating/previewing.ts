import { type Bytes, bytesOf, copyOf, Span } from '../../base/bytes';
import type { Core } from '../core';
import type { Work } from '../long-work';
import type { Plan } from './plan';
import { Tally } from './tally';

/** Members of all tags up to which they are looked at one by one; more are found by a walk over the directory. */
const MEMBERS_MAX = 512;
const STEP = 64;

/** What a plan would do. */
export interface Preview {
  readonly tally: Tally;
  soft: number;
  cascaded: number;
}

/** A set of slots: a bit each. */
class SlotSet {
  private words: Int32Array;

  constructor(top: number) {
    this.words = new Int32Array((top >>> 5) + 1);
  }

  /** Whether it is new. */
  add(slot: number): boolean {
    const at = slot >>> 5;
    if (at >= this.words.length) this.grow(at);
    const bit = 1 << (slot & 31);
    if ((this.words[at]! & bit) !== 0) return false;
    this.words[at]! |= bit;
    return true;
  }

  private grow(at: number): void {
    const grown = new Int32Array(at * 2);
    grown.set(this.words);
    this.words = grown;
  }
}

interface Roots {
  db: number;
  softly: boolean;
  keys: Bytes[];
}

/** Counts what a plan would do, and changes nothing. Of very many entries in slices: then others may change them meanwhile. */
export class Previewing {
  private readonly seen: SlotSet;
  private readonly span = new Span(Buffer.alloc(0));
  private readonly roots: Roots[] = [];
  private readonly found: Preview = { tally: new Tally(), soft: 0, cascaded: 0 };

  constructor(
    private readonly core: Core,
    private readonly plan: Plan,
  ) {
    this.seen = new SlotSet(core.memory.records.top);
  }

  *run(): Work<Preview> {
    const { core, plan } = this;
    const tags = [...plan.hard, ...plan.soft];
    const members = tags.reduce((sum, tag) => sum + core.tags.live(tag), 0);
    if (members <= MEMBERS_MAX) {
      for (const tag of plan.hard) core.tags.members(tag, (slot) => this.member(slot, false));
      for (const tag of plan.soft) core.tags.members(tag, (slot) => this.member(slot, true));
    } else yield* this.walk();
    for (const key of plan.keys) {
      const slot = core.findServable(plan.db, key);
      if (slot !== 0) this.take(slot, plan.softly);
      this.addRoot(plan.db, key, plan.softly);
    }
    if (plan.cascades && !core.graph.isEmpty) yield* this.cascade();
    return this.found;
  }

  /** All entries, for tags that many carry. */
  private *walk(): Work<void> {
    const { core, plan } = this;
    let cursor = 0;
    do {
      cursor = core.memory.scan(cursor, STEP, (slot) => {
        const member = core.memberOf(slot);
        if (member === 0) return;
        if (plan.hard.some((tag) => core.tags.has(member, tag))) this.member(slot, false);
        else if (plan.soft.some((tag) => core.tags.has(member, tag))) this.member(slot, true);
      });
      yield;
    } while (cursor !== 0);
  }

  private *cascade(): Work<void> {
    const { core } = this;
    for (const { db, softly, keys } of this.roots.sort((a, b) => Number(a.softly) - Number(b.softly))) {
      const walk = core.graph.beginCascade(core.dbs.numberOf(db), keys, (number, key) => {
        const slot = core.memory.find(core.dbs.of(number), key);
        if (slot !== 0 && core.isServable(slot) && this.take(slot, softly)) this.found.cascaded++;
      });
      while (!walk.step(STEP)) yield;
    }
  }

  private member(slot: number, softly: boolean): void {
    const { core } = this;
    if (!core.isServable(slot) || !this.take(slot, softly) || core.graph.isEmpty) return;
    this.addRoot(core.memory.dbOf(slot), core.memory.keyView(slot, this.span), softly);
  }

  /** Whether it is not counted yet. */
  private take(slot: number, softly: boolean): boolean {
    const { core, found } = this;
    if (!this.seen.add(slot)) return false;
    found.tally.add(core, slot);
    if (softly && core.graces.isRefreshable(slot)) found.soft++;
    return true;
  }

  private addRoot(db: number, key: Bytes, softly: boolean): void {
    const { core, roots } = this;
    if (!core.graph.hasNode(core.dbs.numberOf(db), key)) return;
    const own = bytesOf(copyOf(key));
    const known = roots.find((each) => each.db === db && each.softly === softly);
    if (known === undefined) roots.push({ db, softly, keys: [own] });
    else known.keys.push(own);
  }
}
