/** Longest text, bytes of UTF-8. */
const TEXT_BYTES_MAX = 1 << 16;
const NUMBER_BYTES_MAX = 8;

/** Whole numbers from 0 to 2^53, seven bits a byte, and texts. */
export class NumberWriter {
  private buffer = Buffer.allocUnsafe(1024);
  private at = 0;

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.at);
  }

  get capacity(): number {
    return this.buffer.length;
  }

  /** Rounded; what is below 0 or no number is 0. */
  number(value: number): void {
    this.reserve(NUMBER_BYTES_MAX);
    let rest = value > 0 ? Math.min(Math.round(value), Number.MAX_SAFE_INTEGER) : 0;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.buffer[this.at++] = (rest % 128) | 128;
    this.buffer[this.at++] = rest;
  }

  text(text: string): void {
    const bytes = Buffer.from(text).subarray(0, TEXT_BYTES_MAX);
    this.number(bytes.length);
    this.reserve(bytes.length);
    bytes.copy(this.buffer, this.at);
    this.at += bytes.length;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes));
    this.buffer.copy(grown, 0, 0, this.at);
    this.buffer = grown;
  }
}

/** Reads them back. Throws RangeError where there is no such number or text. */
export class NumberReader {
  private at = 0;

  constructor(private readonly buffer: Buffer) {}

  get atEnd(): boolean {
    return this.at >= this.buffer.length;
  }

  number(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < NUMBER_BYTES_MAX; i++, scale *= 128) {
      const byte = this.buffer[this.at++];
      if (byte === undefined) break;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
    throw new RangeError('no number here');
  }

  text(): string {
    const length = this.number();
    if (length > TEXT_BYTES_MAX || this.at + length > this.buffer.length) throw new RangeError('no text here');
    this.at += length;
    return this.buffer.toString('utf8', this.at - length, this.at);
  }
}
