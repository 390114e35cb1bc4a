const CHUNK_BYTES = 64 * 1024;
/** The longest text. */
const TEXT_BYTES_MAX = 0xffff;

/** Writes numbers (little-endian) and latin1 texts into chunks; `flush` gets each chunk once it is full. */
export class ByteWriter {
  private chunk = Buffer.allocUnsafe(CHUNK_BYTES);
  private at = 0;

  constructor(private readonly flush: (chunk: Buffer) => void) {}

  u8(value: number): void {
    this.room(1);
    this.at = this.chunk.writeUInt8(value, this.at);
  }

  u32(value: number): void {
    this.room(4);
    this.at = this.chunk.writeUInt32LE(value, this.at);
  }

  f32(value: number): void {
    this.room(4);
    this.at = this.chunk.writeFloatLE(value, this.at);
  }

  f64(value: number): void {
    this.room(8);
    this.at = this.chunk.writeDoubleLE(value, this.at);
  }

  /** Latin1, at most 65,535 characters. */
  text(value: string): void {
    if (value.length > TEXT_BYTES_MAX) throw new RangeError('text too long');
    this.room(2 + value.length);
    this.at = this.chunk.writeUInt16LE(value.length, this.at);
    this.at += this.chunk.write(value, this.at, 'latin1');
  }

  /** Any text, at most 65,535 bytes of UTF-8. */
  utf8(value: string): void {
    this.text(Buffer.from(value, 'utf8').toString('latin1'));
  }

  end(): void {
    if (this.at > 0) this.flush(this.chunk.subarray(0, this.at));
    this.at = 0;
  }

  private room(bytes: number): void {
    if (this.at + bytes <= CHUNK_BYTES) return;
    this.end();
    this.chunk = Buffer.allocUnsafe(Math.max(CHUNK_BYTES, bytes));
  }
}

/** Bytes are not what they should be. */
export class Malformed extends Error {
  override name = 'Malformed';
}

/** Reads what a ByteWriter wrote; throws Malformed beyond the end, and for a number that is none. */
export class ByteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  u8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  u32(): number {
    return this.bytes.readUInt32LE(this.take(4));
  }

  /** Not negative, and finite. */
  f32(): number {
    return checked(this.bytes.readFloatLE(this.take(4)));
  }

  f64(): number {
    return checked(this.bytes.readDoubleLE(this.take(8)));
  }

  text(): string {
    const length = this.bytes.readUInt16LE(this.take(2));
    const start = this.take(length);
    return this.bytes.toString('latin1', start, start + length);
  }

  utf8(): string {
    return Buffer.from(this.text(), 'latin1').toString('utf8');
  }

  private take(bytes: number): number {
    const start = this.at;
    if (start + bytes > this.bytes.length) throw new Malformed('it ends too early');
    this.at += bytes;
    return start;
  }
}

function checked(value: number): number {
  if (!Number.isFinite(value) || value < 0) throw new Malformed('a count is no number');
  return value;
}
