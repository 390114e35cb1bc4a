import { SLOT_MASK, SLOT_SHIFT, type Slab } from '../../base/offheap/slab';
import { EntryList } from './entry-list';
import { POLICIES, type PolicyName } from './policies';
import type { EvictionPolicy } from './policies/policy';
import { ENTRY_WORDS, META, NEXT, PARITY, PREV, REF, RESIDENT } from './record';

/** Slots offered to a new policy by a `victim` that it could not name. */
const ADOPT_BUDGET = 8192;

/**
 * Who may leave: residents in the order of the policy, stubs in the order they became stubs. While one policy takes over
 * from another, flag PARITY tells which of them an entry's words PREV and NEXT belong to.
 */
export class Eviction {
  policy: EvictionPolicy;
  readonly stubs: EntryList;
  /** Entries with this parity are the policy's. */
  private parity = 0;
  private adopting = false;
  private adoptedTo = 0;
  /** Asked for while another change was under way. */
  private next: PolicyName | null = null;

  constructor(
    private readonly records: Slab,
    name: PolicyName,
    private readonly random: () => number,
  ) {
    this.policy = POLICIES[name](records, random);
    this.stubs = new EntryList(records);
  }

  get policyName(): string {
    return this.next ?? this.policy.name;
  }

  get isAdopting(): boolean {
    return this.adopting;
  }

  get bytesUsed(): number {
    return this.policy.bytesUsed;
  }

  added(slot: number): void {
    const page = this.records.pages[slot >>> SLOT_SHIFT]!;
    const at = (slot & SLOT_MASK) * ENTRY_WORDS;
    page[at + META] = (page[at + META]! & ~PARITY) | this.parity;
    page[at + PREV] = 0;
    page[at + NEXT] = 0;
    this.policy.added(slot);
  }

  addedStub(slot: number): void {
    this.stubs.add(slot);
  }

  /** Of a resident entry. */
  touched(slot: number): void {
    if (this.adopting && !this.isKnown(slot)) this.added(slot);
    else this.policy.touched(slot);
  }

  ttlChanged(slot: number): void {
    if (this.isResident(slot) && this.isKnown(slot)) this.policy.ttlChanged(slot);
  }

  /** A resident becomes a stub. */
  dropped(slot: number): void {
    if (this.isKnown(slot)) this.policy.removed(slot);
    this.stubs.add(slot);
  }

  /** A stub becomes resident. */
  restored(slot: number): void {
    this.stubs.remove(slot);
    this.added(slot);
  }

  removed(slot: number): void {
    if (!this.isResident(slot)) this.stubs.remove(slot);
    else if (this.isKnown(slot)) this.policy.removed(slot);
  }

  victim(): number {
    const slot = this.policy.victim();
    if (slot !== 0 || !this.adopting) return slot;
    this.adopt(ADOPT_BUDGET);
    return this.policy.victim();
  }

  stubVictim(): number {
    return this.stubs.back;
  }

  change(name: PolicyName): void {
    if (name === this.policyName) return;
    if (this.adopting) this.next = name === this.policy.name ? null : name;
    else this.begin(name);
  }

  /** Tells the new policy of up to `budget` slots. True when it knows all. */
  adopt(budget: number): boolean {
    const { records } = this;
    for (; this.adopting && budget > 0; budget--) {
      const slot = ++this.adoptedTo;
      if (slot > records.top) this.finish();
      else if (this.isUnknownResident(slot)) this.added(slot);
    }
    return !this.adopting;
  }

  /** Whether the policy knows the resident entry. */
  isKnown(slot: number): boolean {
    return (this.records.get(slot, META) & PARITY) === this.parity;
  }

  private begin(name: PolicyName): void {
    this.policy = POLICIES[name](this.records, this.random);
    this.parity ^= PARITY;
    this.adopting = true;
    this.adoptedTo = 0;
  }

  private finish(): void {
    this.adopting = false;
    const { next } = this;
    this.next = null;
    if (next !== null) this.begin(next);
  }

  private isResident(slot: number): boolean {
    return (this.records.get(slot, META) & RESIDENT) !== 0;
  }

  private isUnknownResident(slot: number): boolean {
    if (this.records.pages[slot >>> SLOT_SHIFT]!.length === 0 || this.records.get(slot, REF) === 0) return false;
    return this.isResident(slot) && !this.isKnown(slot);
  }
}
