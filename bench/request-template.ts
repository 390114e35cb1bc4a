import { encode } from './client';
import type { CommandShare } from './load-plan';

const DIGITS = 12;
const ZERO = 48;
const COMMAND_NUMBER = '{n}';
const RANDOM_NUMBER = '{r}';
const PLACEHOLDER = '0'.repeat(DIGITS);

/** Where numbers come from. */
export interface Numbers {
  /** The number of the next command. */
  next(): number;
  random(): number;
}

/** A pipeline of requests, built once; only the digits of its numbers are written anew before each use. */
export class RequestTemplate {
  readonly buffer: Buffer;
  /** Where the first n requests end: `ends[n]` bytes. */
  readonly ends: number[] = [0];
  /** Offsets of the digits, request after request; those of random numbers as -1 - offset. */
  private readonly holes: number[][] = [];

  constructor(commands: readonly CommandShare[]) {
    let text = '';
    for (const command of commands) {
      const holes: number[] = [];
      const request = encode(
        command.args.map((arg) =>
          arg.replaceAll(COMMAND_NUMBER, marked(COMMAND_NUMBER)).replaceAll(RANDOM_NUMBER, marked(RANDOM_NUMBER)),
        ),
      );
      for (const match of request.matchAll(/[\x01\x02]{12}/g)) {
        const offset = text.length + match.index;
        holes.push(match[0].startsWith('\x01') ? offset : -1 - offset);
      }
      text += request;
      this.holes.push(holes);
      this.ends.push(text.length);
    }
    this.buffer = Buffer.from(text.replace(/[\x01\x02]{12}/g, PLACEHOLDER), 'latin1');
  }

  get size(): number {
    return this.holes.length;
  }

  /** Writes numbers into the first `requests` requests. The bytes must not be in flight. */
  fill(numbers: Numbers, requests = this.size): void {
    for (let request = 0; request < requests; request++) {
      const number = numbers.next();
      for (const hole of this.holes[request]!) {
        if (hole >= 0) this.digits(hole, number);
        else this.digits(-1 - hole, numbers.random());
      }
    }
  }

  private digits(offset: number, value: number): void {
    let rest = value;
    for (let at = offset + DIGITS - 1; at >= offset; at--) {
      const next = Math.floor(rest / 10);
      this.buffer[at] = ZERO + rest - next * 10;
      rest = next;
    }
  }
}

/** Twelve bytes that no argument of a plan contains: they only mark the place. */
const marked = (placeholder: string) => (placeholder === COMMAND_NUMBER ? '\x01' : '\x02').repeat(DIGITS);
