import type { Bytes } from '../../base/bytes';
import type { Command } from './command';

const UPPER_A = 65;
const UPPER_Z = 90;
const TO_LOWER = 32;
/** Slots for each command: few enough collisions that nearly every look-up is one comparison. */
const SLOTS_PER_COMMAND = 8;

interface Row {
  readonly name: Buffer;
  readonly command: Command;
}

function lower(c: number): number {
  return c >= UPPER_A && c <= UPPER_Z ? c | TO_LOWER : c;
}

function hash(buf: Uint8Array, start: number, end: number): number {
  let h = end - start;
  for (let i = start; i < end; i++) h = (Math.imul(h, 31) + lower(buf[i]!)) | 0;
  return h ^ (h >>> 7);
}

/** Commands by name in any case. `find` goes from the request's bytes to the command without a string in between. */
export class Table {
  private readonly byName = new Map<string, Command>();
  private slots: (Row | undefined)[] = new Array(SLOTS_PER_COMMAND);
  private longest = 0;

  /** Throws if the name is taken. */
  add(command: Command): void {
    if (this.byName.has(command.name)) throw new Error(`two commands are named ${command.name}`);
    this.byName.set(command.name, command);
    this.longest = Math.max(this.longest, command.name.length);
    if (this.byName.size * SLOTS_PER_COMMAND <= this.slots.length) this.place(command);
    else {
      this.slots = new Array(this.slots.length * 2);
      for (const each of this.byName.values()) this.place(each);
    }
  }

  /** By lower-case name. */
  get(name: string): Command | undefined {
    return this.byName.get(name);
  }

  /** In the order they were added. */
  list(): Iterable<Command> {
    return this.byName.values();
  }

  get size(): number {
    return this.byName.size;
  }

  find(word: Bytes): Command | undefined {
    const { buf, start, end } = word;
    const length = end - start;
    if (length > this.longest) return undefined;
    const mask = this.slots.length - 1;
    for (let slot = hash(buf, start, end) & mask; ; slot = (slot + 1) & mask) {
      const row = this.slots[slot];
      if (row === undefined) return undefined;
      const { name } = row;
      if (name.length !== length) continue;
      let i = 0;
      while (i < length && name[i] === lower(buf[start + i]!)) i++;
      if (i === length) return row.command;
    }
  }

  private place(command: Command): void {
    const name = Buffer.from(command.name, 'latin1');
    const mask = this.slots.length - 1;
    let slot = hash(name, 0, name.length) & mask;
    while (this.slots[slot] !== undefined) slot = (slot + 1) & mask;
    this.slots[slot] = { name, command };
  }
}
