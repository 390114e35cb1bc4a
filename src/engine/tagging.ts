import { type Bytes, copyOf, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import { whenReady } from '../base/when-ready';
import type { Core } from './core';
import type { Housekeeping } from './housekeeping';
import type { Invalidating } from './invalidating';
import type { Reading } from './reading';

/** Up to this many members a tag is listed at once, whatever COUNT says; a larger one is found by scanning the directory. */
const LISTED_AT_ONCE_MAX = 10_000;
/** Entries visited by one TAGKEYS of a large tag. */
const VISITS_MAX = 20_000;

/** TAGADD, TAGREM, TAGLIST, TAGKEYS. */
export class Tagging {
  private readonly span = new Span(Buffer.alloc(0));

  constructor(
    private readonly core: Core,
    private readonly reading: Reading,
    private readonly housekeeping: Housekeeping,
    private readonly invalidating: Invalidating,
  ) {}

  add(db: number, key: Bytes, tags: readonly string[]): number | Promise<number> {
    return this.reading.forChange(db, key, (slot): number | Promise<number> => {
      if (slot === 0) return -2;
      const { core } = this;
      const spared = core.graces.isRefreshable(slot);
      const epoch = core.memory.fillEpoch(slot);
      if (!core.tags.anyInvalidatedAfter(tags, epoch, spared)) return this.retag(db, key, slot, tags, []);
      const tag = tags.find((each) => Math.max(core.tags.hardEpoch(each), core.tags.softEpoch(each)) > epoch);
      return whenReady(this.invalidating.keys(db, [key], { tag }, 'tagged'), () => -1);
    }) as number | Promise<number>;
  }

  remove(db: number, key: Bytes, tags: readonly string[]): number | Promise<number> {
    return this.reading.forChange(db, key, (slot) => (slot === 0 ? -2 : this.retag(db, key, slot, [], tags)));
  }

  list(db: number, key: Bytes): string[] | null | Promise<string[] | null> {
    return this.reading.found(db, key, (slot) => {
      if (slot === 0) return null;
      return this.core.tags.tagsOf(this.core.memberOf(slot));
    });
  }

  keys(db: number, tag: string, cursor: string, count: number): [string, Buffer[]] | Promise<[string, Buffer[]]> {
    if (!/^\d{1,15}$/.test(cursor)) throw new Fault('ERR invalid cursor');
    return whenReady(this.housekeeping.whenLoaded(), () => this.keysNow(db, tag, Number(cursor), count));
  }

  private retag(db: number, key: Bytes, slot: number, add: readonly string[], take: readonly string[]): number {
    const { core } = this;
    const { memory, tags, dbs, graces } = core;
    const physical = dbs.of(db);
    const spared = graces.isRefreshable(slot);
    const tie = core.memberOf(slot);
    const before = tags.countOf(tie);
    let member = tie;
    if (tie === 0) member = add.length === 0 ? 0 : tags.join(slot, add, physical, spared);
    else member = tags.retag(tie, add, take);
    const changed = Math.abs(tags.countOf(member) - before);
    if (changed === 0) return 0;
    core.setMember(slot, member);
    core.noticing?.changed(physical, key);
    core.supersede(slot, physical, key);
    // A tag may have been softly invalidated since the value was made.
    if (spared) tags.eachSoftAfter(add, memory.fillEpoch(slot), (at, stagger) => graces.soften(slot, at, stagger));
    core.queueWrite(slot);
    return changed;
  }

  private keysNow(db: number, tag: string, cursor: number, count: number): [string, Buffer[]] {
    const { core } = this;
    const { memory, tags } = core;
    const physical = core.dbs.of(db);
    const found: Buffer[] = [];
    const take = (slot: number) => {
      if (memory.dbOf(slot) !== physical || !core.isLive(slot)) return;
      memory.keyView(slot, this.span);
      found.push(copyOf(this.span));
    };
    if (cursor === 0 && tags.live(tag) <= LISTED_AT_ONCE_MAX) {
      tags.members(tag, take);
      return ['0', found];
    }
    let at = cursor;
    let visits = 0;
    do {
      at = memory.scan(at, STEP, (slot) => {
        const member = core.memberOf(slot);
        if (member !== 0 && tags.has(member, tag)) take(slot);
      });
      visits += STEP;
    } while (at !== 0 && found.length < count && visits < VISITS_MAX);
    return [String(at), found];
  }
}

/** Slots looked at by one step of a scan. */
const STEP = 64;
