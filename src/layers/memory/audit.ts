import { Span } from '../../base/bytes';
import { BrokenInvariant, invariant } from '../../base/fault';
import { NEVER } from '../layer';
import type { MemoryLayer } from './memory-layer';
import {
  DATABASES,
  DB_MASK,
  DB_SHIFT,
  EXPIRES,
  KEY_LENGTH_MASK,
  LARGE,
  META,
  PARITY,
  REF,
  RESIDENT,
  TIMER,
  TYPE_FIELD,
  VLEN,
} from './record';

/** Checks every structure of the layer against every other, and throws BrokenInvariant where two disagree. */
export function auditMemory(layer: MemoryLayer): void {
  try {
    const slots = liveSlots(layer);
    auditRecords(layer, slots);
    auditIndex(layer, slots);
    auditBlocks(layer, slots);
    auditTimers(layer, slots);
    auditEviction(layer, slots);
    auditTally(layer, slots);
    auditObjects(layer, slots);
  } catch (error) {
    if (error instanceof BrokenInvariant) throw error;
    throw new BrokenInvariant(error instanceof Error ? error.message : String(error));
  }
}

function liveSlots({ records }: MemoryLayer): Set<number> {
  const slots = new Set<number>();
  for (let slot = 1; slot <= records.top; slot++) if (records.get(slot, REF)) slots.add(slot);
  invariant(slots.size === records.used, `records: ${records.used} in use, ${slots.size} found`);
  const held = records.bytesHeld / records.words / 4;
  invariant(records.countFree() === held - records.used, 'records: a free one is lost or listed twice');
  return slots;
}

function auditRecords(layer: MemoryLayer, slots: Set<number>): void {
  const span = new Span(Buffer.alloc(0));
  for (const slot of slots) {
    const { buf, start, end } = layer.keyView(slot, span);
    const found = layer.find(layer.dbOf(slot), new Span(buf, start, end));
    invariant(found === slot, `entry ${slot}: its key leads to ${found}`);
    const meta = layer.records.get(slot, META);
    const bytes = (meta & KEY_LENGTH_MASK) + ((meta & RESIDENT) === 0 ? 0 : layer.records.get(slot, VLEN));
    invariant(
      layer.blocks.fits(meta, layer.records.get(slot, REF), bytes),
      `entry ${slot}: its block has another size`,
    );
  }
}

function auditIndex({ index }: MemoryLayer, slots: Set<number>): void {
  const seen = new Set<number>();
  index.each((slot, inPlace) => {
    invariant(inPlace, `index: entry ${slot} is in a bucket not its own`);
    invariant(slots.has(slot) && !seen.has(slot), `index: entry ${slot} is not there or there twice`);
    seen.add(slot);
  });
  invariant(seen.size === slots.size && index.size === slots.size, 'index: size is wrong');
}

function auditBlocks({ blocks, records }: MemoryLayer, slots: Set<number>): void {
  const owners = new Set<number>();
  const check = (kind: number) => (owner: number, ref: number) => {
    invariant(slots.has(owner), `block ${ref} belongs to entry ${owner}, which is not there`);
    invariant(!owners.has(owner), `entry ${owner} has two blocks`);
    invariant(
      records.get(owner, REF) === ref && (records.get(owner, META) & LARGE) === kind,
      `block ${ref}: not its owner's`,
    );
    owners.add(owner);
  };
  blocks.arena.audit(check(0));
  blocks.larges.audit(check(LARGE));
  invariant(owners.size === slots.size, 'an entry has no block');
}

function auditTimers({ wheel, records }: MemoryLayer, slots: Set<number>): void {
  let timers = 0;
  wheel.audit((slot, item) => {
    timers++;
    invariant(slots.has(slot) && records.get(slot, TIMER) === item, `timer ${item}: not its entry's`);
  });
  for (const slot of slots) {
    const expires = records.getFloat(slot, EXPIRES) !== NEVER;
    invariant(expires === (records.get(slot, TIMER) !== 0), `entry ${slot}: expiry and timer disagree`);
    if (expires) timers--;
  }
  invariant(timers === 0, 'a timer without entry');
}

function auditEviction({ eviction, records }: MemoryLayer, slots: Set<number>): void {
  eviction.policy.audit();
  eviction.stubs.audit();
  let members = 0;
  let stubs = 0;
  for (const slot of slots) {
    const meta = records.get(slot, META);
    if ((meta & RESIDENT) === 0) {
      stubs++;
      invariant(eviction.stubs.has(slot), `stub ${slot} is not listed`);
    } else if (eviction.isKnown(slot)) {
      if (eviction.policy.has(slot)) members++;
      const expires = records.getFloat(slot, EXPIRES) !== NEVER;
      const wanted = eviction.policy.mayEvict(expires);
      invariant(
        eviction.policy.has(slot) === wanted,
        `entry ${slot}: the policy should ${wanted ? '' : 'not '}have it`,
      );
    } else invariant(eviction.isAdopting, `entry ${slot}: unknown to the policy (${meta & PARITY})`);
  }
  invariant(stubs === eviction.stubs.size, 'a stub is listed that is none');
  invariant(members === eviction.policy.size, 'the policy has an entry that is not there');
}

function auditObjects({ attachments, records }: MemoryLayer, slots: Set<number>): void {
  attachments.audit((slot) => {
    const meta = records.get(slot, META);
    return slots.has(slot) && (meta & RESIDENT) !== 0 && (meta & TYPE_FIELD) !== 0 && records.get(slot, VLEN) === 0;
  });
}

function auditTally({ tally, records }: MemoryLayer, slots: Set<number>): void {
  const count = new Array<number>(DATABASES).fill(0);
  const expiring = new Array<number>(DATABASES).fill(0);
  for (const slot of slots) {
    const db = (records.get(slot, META) >>> DB_SHIFT) & DB_MASK;
    count[db]!++;
    if (records.getFloat(slot, EXPIRES) !== NEVER) expiring[db]!++;
  }
  for (let db = 0; db < DATABASES; db++) {
    invariant(tally.count(db) === count[db], `database ${db}: entries are counted wrong`);
    invariant(tally.countExpiring(db) === expiring[db], `database ${db}: expiring entries are counted wrong`);
    let inPages = 0;
    for (let page = 0; page < records.pages.length; page++) inPages += tally.inPage(page, db);
    invariant(inPages === count[db], `database ${db}: entries are counted wrong by page`);
  }
}
