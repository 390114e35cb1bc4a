import type { Bytes } from '../../base/bytes';

const UPPER_A = 65;
const UPPER_Z = 90;
const TO_LOWER = 32;
/** Slots for each word: few enough collisions that nearly every look-up is one comparison. */
const SLOTS_PER_WORD = 8;

interface Row<T> {
  readonly word: Buffer;
  readonly value: T;
}

function lower(c: number): number {
  return c >= UPPER_A && c <= UPPER_Z ? c | TO_LOWER : c;
}

function hash(buf: Uint8Array, start: number, end: number): number {
  let h = end - start;
  for (let i = start; i < end; i++) h = (Math.imul(h, 31) + lower(buf[i]!)) | 0;
  return h ^ (h >>> 7);
}

/** Values by a word in any case. `find` goes from a request's bytes to the value without a string in between. */
export class Words<T> {
  private readonly rows: Row<T>[] = [];
  private slots: (Row<T> | undefined)[] = new Array(SLOTS_PER_WORD);
  private longest = 0;

  /** The word is latin1 and not there yet. */
  add(word: string, value: T): void {
    const row = { word: Buffer.from(word.toLowerCase(), 'latin1'), value };
    this.rows.push(row);
    this.longest = Math.max(this.longest, word.length);
    if (this.rows.length * SLOTS_PER_WORD <= this.slots.length) this.place(row);
    else {
      this.slots = new Array(this.slots.length * 2);
      for (const each of this.rows) this.place(each);
    }
  }

  find(bytes: Bytes): T | undefined {
    const { buf, start, end } = bytes;
    const length = end - start;
    if (length > this.longest) return undefined;
    const mask = this.slots.length - 1;
    for (let slot = hash(buf, start, end) & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot];
      if (row === undefined) return undefined;
      const { word } = row;
      if (word.length !== length) continue;
      let i = 0;
      while (i < length && word[i] === lower(buf[start + i]!)) i++;
      if (i === length) return row.value;
    }
  }

  private place(row: Row<T>): void {
    const mask = this.slots.length - 1;
    let slot = hash(row.word, 0, row.word.length) & mask;
    while (this.slots[slot] !== undefined) slot = (slot + 1) & mask;
    this.slots[slot] = row;
  }
}
