const CR = 13;
const MINUS = 45;
const PLUS = 43;
const COLON = 58;
const BULK = 36;
const ARRAY = 42;
const ZERO = 48;
const ERROR_TEXT_BYTES_MAX = 200;

/**
 * Counts complete RESP2 replies in a stream cut anywhere, without making an object of any of them. Arrays count once,
 * however deep. It trusts the server: it is a ruler, not a guard.
 */
export class ReplyCounter {
  replies = 0;
  /** Replies that were `-...`. */
  errors = 0;
  /** Replies that were a null bulk or a null array. */
  nulls = 0;
  /** Text of the first error, without the minus; at most 200 bytes. */
  firstError = '';

  private type = 0;
  private number = 0;
  private negative = false;
  /** Bytes of a bulk string (with its line end) still to come. */
  private skip = 0;
  /** Elements still to come in the arrays that are open; 0 outside of arrays. */
  private elements = 0;
  private inArray = false;

  /** Returns how many replies ended within these bytes. */
  push(chunk: Uint8Array, length = chunk.length): number {
    const before = this.replies;
    let at = 0;
    while (at < length) {
      if (this.skip > 0) {
        const skipped = Math.min(this.skip, length - at);
        at += skipped;
        this.skip -= skipped;
        if (this.skip === 0) this.itemEnded();
      } else if (this.type === 0) {
        this.type = chunk[at++]!;
        this.number = 0;
        this.negative = false;
      } else {
        at = this.line(chunk, at, length);
      }
    }
    return this.replies - before;
  }

  /** Reads on in the line of an item; returns where it stopped. */
  private line(chunk: Uint8Array, from: number, length: number): number {
    let at = from;
    const counted = this.type === BULK || this.type === ARRAY;
    while (at < length) {
      const byte = chunk[at++]!;
      if (byte === CR) {
        // The line feed is skipped as if it were the last byte of a bulk string, so it may come in the next chunk.
        this.lineEnded();
        return at;
      }
      if (counted) {
        if (byte === MINUS) this.negative = true;
        else this.number = this.number * 10 + byte - ZERO;
      } else if (this.type === MINUS && this.errors === 0 && this.firstError.length < ERROR_TEXT_BYTES_MAX) {
        this.firstError += String.fromCharCode(byte);
      }
    }
    return at;
  }

  private lineEnded(): void {
    this.skip = 1;
    if (this.type === BULK) {
      if (!this.negative) this.skip += this.number + 2;
      else if (!this.inArray) this.nulls++;
    } else if (this.type === ARRAY) {
      if (this.negative && !this.inArray) this.nulls++;
      if (!this.negative && this.number > 0) {
        // The array itself is an item too: it ends (itemEnded) with its header, its elements after that.
        this.elements += this.inArray ? this.number : this.number + 1;
        this.inArray = true;
      }
    } else if (this.type === MINUS && !this.inArray) this.errors++;
    else if (this.type !== PLUS && this.type !== COLON && this.type !== MINUS) {
      throw new Error(`unexpected reply type ${String.fromCharCode(this.type)}`);
    }
  }

  private itemEnded(): void {
    this.type = 0;
    if (this.inArray && --this.elements > 0) return;
    this.inArray = false;
    this.elements = 0;
    this.replies++;
  }
}
