import type { Bytes } from '../base/bytes';
import { Fingerprint } from '../base/fingerprint';

/** Values remembered at once; newer ones overwrite older ones in the same place. 12 bytes each, once the first is there. */
const REMEMBERED_MAX = 1 << 16;
const MASK = REMEMBERED_MAX - 1;
/** Of a longer value so many bytes are hashed from its start, and from its end. */
const HASHED_BYTES_MAX = 32 * 1024;

/**
 * Which values rules killed, until their keys are stored again: a direct-mapped table of (key hash, value hash, rule).
 * Bounded, no object per key; a collision can only spoil a statistic.
 */
export class Comebacks {
  private keys = EMPTY;
  private values = EMPTY;
  /** 0: the place is free. */
  private rules = EMPTY;
  /** While 0 a store has nothing to ask here. */
  remembered = 0;

  private readonly print: Fingerprint;

  constructor(seed: number) {
    this.print = new Fingerprint(seed | 0, Math.imul(seed, 0x9e3779b1));
  }

  /** `db` is physical. */
  remember(db: number, key: Bytes, value: Bytes, ruleId: number): void {
    if (this.rules === EMPTY) {
      this.keys = new Int32Array(REMEMBERED_MAX);
      this.values = new Int32Array(REMEMBERED_MAX);
      this.rules = new Int32Array(REMEMBERED_MAX);
    }
    const hash = this.hashOfKey(db, key);
    const at = hash & MASK;
    if (this.rules[at] === 0) this.remembered++;
    this.keys[at] = hash;
    this.values[at] = this.hashOfValue(value);
    this.rules[at] = ruleId;
  }

  /** The key is stored again: the rule that killed its value, negative if the same value comes back; 0: none did. */
  take(db: number, key: Bytes, value: Bytes): number {
    const hash = this.hashOfKey(db, key);
    const at = hash & MASK;
    const ruleId = this.rules[at]!;
    if (ruleId === 0 || this.keys[at] !== hash) return 0;
    this.rules[at] = 0;
    this.remembered--;
    return this.values[at] === this.hashOfValue(value) ? -ruleId : ruleId;
  }

  get bytesUsed(): number {
    return this.rules.byteLength * 3;
  }

  private hashOfKey(db: number, key: Bytes): number {
    this.print.of(db, key.buf, key.start, key.end);
    return this.print.low;
  }

  private hashOfValue({ buf, start, end }: Bytes): number {
    const { print } = this;
    if (end - start <= 2 * HASHED_BYTES_MAX) {
      print.of(0, buf, start, end);
      return print.high;
    }
    print.of(end - start, buf, start, start + HASHED_BYTES_MAX);
    const head = print.high;
    print.of(end - start, buf, end - HASHED_BYTES_MAX, end);
    return Math.imul(head, 0x9e3779b1) ^ print.high;
  }
}

const EMPTY = new Int32Array(0);
