import { NO_BYTES } from './argument';

const OWN_BYTES_MIN = 512;
const SHRINK_FACTOR = 4;
const LINE_FEED = 10;

/**
 * The bytes of one connection that were not read yet, and those of the request being read. They are read where they
 * arrived, in a buffer that is only lent until `settle`; what is left then moves into own memory, which grows with what
 * arrived and is given back as soon as everything was read.
 *
 * Bytes that arrive while own memory is in use wait beside it. Only as much of them moves as surely belongs to the
 * request being read, so that the requests after it are read in place again.
 */
export abstract class Intake {
  /** Bytes copied into own memory or searched one at a time, ever: the work that must stay linear in what arrived. */
  slowBytes = 0;
  protected buf: Buffer = NO_BYTES;
  /** [base, at) belongs to the request being read, [at, end) is unread. */
  protected base = 0;
  protected at = 0;
  protected end = 0;
  private lent = false;
  private waiting: Buffer = NO_BYTES;
  private waitingAt = 0;
  private waitingEnd = 0;

  /** The bytes of `buf` moved: what pointed into it points at `this.buf` now, `shift` bytes lower. */
  protected abstract moved(shift: number): void;

  /** How many bytes from `base` the request being read is known to have at least; 0 if not known. */
  protected abstract knownBytes(): number;

  /** Whether it is known to have no more than that. */
  protected abstract endIsKnown(): boolean;

  protected get heldBytes(): number {
    return this.end - this.base + this.waitingEnd - this.waitingAt;
  }

  protected get ownsAll(): boolean {
    return !this.lent && this.at === this.end;
  }

  protected accept(buf: Buffer, start: number, end: number): void {
    if (start === end) return;
    if (this.base === this.end && this.waitingAt === this.waitingEnd) this.read(buf, start, end);
    else {
      if (this.waitingAt < this.waitingEnd) this.append(this.waitingEnd - this.waitingAt);
      this.waiting = buf;
      this.waitingAt = start;
      this.waitingEnd = end;
    }
  }

  /**
   * Makes waiting bytes readable: at least one, `wanted` if there are as many, through the next line feed if `line`.
   * False if none wait.
   */
  protected pull(wanted: number, line: boolean): boolean {
    const count = this.waitingEnd - this.waitingAt;
    if (count === 0) return false;
    if (this.base === this.end) this.readWaiting();
    else this.append(Math.min(count, Math.max(1, wanted, line ? this.waitingLine() : 0)));
    return true;
  }

  /** Ends the loan: what is unread, and the request being read, is in own memory afterwards. */
  protected settle(): void {
    if (this.base === this.end) {
      if (this.waitingAt === this.waitingEnd) {
        this.drop();
        return;
      }
      this.readWaiting();
    }
    const count = this.waitingEnd - this.waitingAt;
    const held = this.heldBytes;
    if (count > 0) this.append(count);
    else if (this.lent) this.relocate(this.capacityFor(held));
    else if (this.buf.length > SHRINK_FACTOR * Math.max(held, OWN_BYTES_MIN)) this.relocate(this.capacityFor(held));
  }

  /** Lets go of all memory that is read from; what waits stays. */
  protected letGo(): void {
    this.buf = NO_BYTES;
    this.base = this.at = this.end = 0;
    this.lent = false;
  }

  /** Lets go of everything. */
  protected drop(): void {
    this.letGo();
    this.waiting = NO_BYTES;
    this.waitingAt = this.waitingEnd = 0;
  }

  private read(buf: Buffer, start: number, end: number): void {
    this.buf = buf;
    this.base = this.at = start;
    this.end = end;
    this.lent = true;
  }

  private readWaiting(): void {
    this.read(this.waiting, this.waitingAt, this.waitingEnd);
    this.waiting = NO_BYTES;
    this.waitingAt = this.waitingEnd = 0;
  }

  /** Bytes of waiting through its first line feed, or all. */
  private waitingLine(): number {
    const { waiting, waitingAt, waitingEnd } = this;
    let i = waitingAt;
    while (i < waitingEnd && waiting[i] !== LINE_FEED) i++;
    this.slowBytes += i - waitingAt;
    return Math.min(i + 1, waitingEnd) - waitingAt;
  }

  private append(count: number): void {
    if (this.lent || this.buf.length - this.end < count) this.relocate(this.capacityFor(this.end - this.base + count));
    this.waiting.copy(this.buf, this.end, this.waitingAt, this.waitingAt + count);
    this.end += count;
    this.waitingAt += count;
    this.slowBytes += count;
    if (this.waitingAt === this.waitingEnd) this.waiting = NO_BYTES;
  }

  /** Twice what is there, or what the request needs if that is less and no small step is followed by another. */
  private capacityFor(bytes: number): number {
    const doubled = Math.max(OWN_BYTES_MIN, 2 * bytes);
    const known = this.knownBytes();
    const stepSuffices = known >= 1.25 * bytes || (known >= bytes && this.endIsKnown());
    return stepSuffices && known < doubled ? known : doubled;
  }

  private relocate(capacity: number): void {
    const { base, end } = this;
    const own = Buffer.allocUnsafe(capacity);
    this.buf.copy(own, 0, base, end);
    this.slowBytes += end - base;
    this.buf = own;
    this.base = 0;
    this.at -= base;
    this.end -= base;
    this.lent = false;
    this.moved(base);
  }
}
