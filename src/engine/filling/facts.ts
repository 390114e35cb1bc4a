import { LRUCache } from 'lru-cache';
import { Fingerprint } from '../../base/fingerprint';

/** What is remembered of a loaded value beside its entry. */
export interface Fact {
  /** The entry's fill epoch while it is this value. */
  readonly epoch: number;
  /** Clock ms at which its load began. */
  readonly atMs: number;
  readonly validator: string | undefined;
  /** Of the value's bytes; only with a validator. */
  readonly low: number;
  readonly high: number;
  /** Its time to live where that follows how often it changes; 0: it does not. */
  periodMs: number;
}

/** Facts about values that were loaded last, by the names of their keys. */
export class Facts {
  private readonly facts: LRUCache<string, Fact> | undefined;
  private readonly print: Fingerprint;

  constructor(keysMax: number, random: () => number) {
    if (keysMax > 0) this.facts = new LRUCache<string, Fact>({ max: keysMax });
    this.print = new Fingerprint(Math.floor(random() * 2 ** 32) | 0, Math.floor(random() * 2 ** 32) | 0);
  }

  get size(): number {
    return this.facts?.size ?? 0;
  }

  get(name: string): Fact | undefined {
    return this.facts?.get(name);
  }

  set(name: string, { value, ...fact }: Omit<Fact, 'low' | 'high'> & { value: Buffer }): void {
    if (this.facts === undefined) return;
    if (fact.validator === undefined) this.facts.set(name, { ...fact, low: 0, high: 0 });
    else {
      this.print.of(0, value, 0, value.length);
      this.facts.set(name, { ...fact, low: this.print.low, high: this.print.high });
    }
  }

  /** The same value holds since another moment. */
  renew(name: string, fact: Fact, epoch: number, atMs: number): void {
    this.facts?.set(name, { ...fact, epoch, atMs });
  }

  delete(name: string): void {
    this.facts?.delete(name);
  }

  /** Whether these are the bytes that the validator is of. */
  isOf(fact: Fact, buf: Uint8Array, start: number, end: number): boolean {
    if (fact.validator === undefined) return false;
    this.print.of(0, buf, start, end);
    return this.print.low === fact.low && this.print.high === fact.high;
  }
}
