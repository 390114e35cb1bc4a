import { Argument, NO_BYTES } from './argument';
import { isDigit, parseInteger, shortHeader, ZERO } from './header';
import { splitInline } from './inline';
import { Intake } from './intake';
import { ARG_OVERHEAD_BYTES, DEFAULT_LIMITS, type Limits } from './limits';

/** What `next` found: nothing whole yet. */
export const MORE = 0;
/** A request, in `args`. */
export const REQUEST = 1;
/** The connection cannot go on; `error` says what to answer. */
export const BROKEN = 2;
export type Progress = typeof MORE | typeof REQUEST | typeof BROKEN;

/** Arguments kept for the next request when a connection falls idle. */
const IDLE_ARGS_MAX = 8;
/** `$0\r\n\r\n`: no argument takes fewer bytes. */
const ARG_BYTES_MIN = 6;
const NUL = 0;
const CR = 13;
const LF = 10;
const STAR = 42;
const DOLLAR = 36;
/** First byte of a TLS handshake, sent to a port without TLS. */
const TLS_HANDSHAKE = 22;

/**
 * Reads the requests of one connection:
 *
 *     reader.feed(buf, start, end);                       // bytes arrived; they are lent until release()
 *     while (reader.next() === REQUEST) serve(reader.args, reader.argc);
 *     reader.release();                                   // now the read buffer may be used for another socket
 *
 * One may stop in the middle, release and go on later without new bytes. Nothing is read twice, however the bytes were cut,
 * and nothing is allocated because a header declared it: memory grows with what arrived.
 */
export class RequestReader extends Intake {
  /** The request's arguments are the first `argc`; they are pooled, and valid until `next` or `release`. */
  readonly args: Argument[] = [];
  argc = 0;
  /** Once BROKEN: the whole error line without '-', or '' to close without a word. */
  error = '';
  /** Chooses the limits; false until the client has shown who it is. */
  authenticated = true;

  private broken = false;
  /** Arguments still missing from the request being read; 0 between requests. */
  private missing = 0;
  /** Length of the argument being read; -1 while its header is missing. */
  private bodyBytes = -1;
  /** Bytes of an unfinished inline request that hold no line feed. */
  private searched = 0;
  /** Where the request last returned began. */
  private requestStart = 0;
  private detached = false;

  constructor(private readonly limits: Readonly<Limits> = DEFAULT_LIMITS) {
    super();
  }

  /** Bytes held for this client: unread, and those of the request being read with an overhead for each argument. */
  get pendingBytes(): number {
    return this.heldBytes + (this.missing > 0 ? this.argc * ARG_OVERHEAD_BYTES : 0);
  }

  /** Whether bytes are held that no request returned so far has used: whole requests, or a part of one. */
  get hasUnread(): boolean {
    return this.heldBytes > 0;
  }

  /** [start, end) arrived and is lent until `release`. */
  feed(buf: Buffer, start: number, end: number): void {
    if (!this.broken) this.accept(buf, start, end);
  }

  /** Ends the loan of what was fed, and the validity of `args` unless they were detached. */
  release(): void {
    if (this.broken) return;
    if (!this.detached) this.forgetArguments();
    if (this.pendingBytes > this.queryBytesMax) this.fail('');
    else this.settle();
  }

  /** Keeps the arguments of the request just returned valid until `next`, whatever is fed or released meanwhile. */
  detach(): void {
    if (this.argc === 0 || this.detached) return;
    this.detached = true;
    const { buf, requestStart, at } = this;
    if (this.args[0]!.buf !== buf) return; // an inline request has memory of its own
    if (this.ownsAll) this.letGo();
    else this.repoint(Buffer.from(buf.subarray(requestStart, at)), requestStart);
  }

  next(): Progress {
    if (this.broken) return BROKEN;
    this.detached = false;
    for (;;) {
      const progress = this.missing > 0 || this.begin() ? this.readArguments() : this.outcome();
      if (progress !== MORE) return progress;
      const inBody = this.bodyBytes >= 0;
      if (!this.pull(this.knownBytes() - (this.end - this.base), !inBody)) break;
    }
    return this.pendingBytes > this.queryBytesMax ? this.fail('') : MORE;
  }

  /**
   * Where the first arguments (the keys, mostly) of requests not read yet lie in `source`: fills `starts` and `ends`,
   * returns how many. A guess for warming caches: it stops at anything but plain small requests, and changes nothing.
   */
  lookAhead(starts: Int32Array, ends: Int32Array): number {
    if (this.missing > 0) return 0;
    const { buf, end } = this;
    let at = this.at;
    let found = 0;
    while (found < starts.length && at + 4 <= end && buf[at] === STAR && buf[at + 2] === CR) {
      const count = buf[at + 1]! - ZERO;
      at += 4;
      for (let i = 0; i < count; i++) {
        const header = at + ARG_BYTES_MIN <= end && buf[at] === DOLLAR ? shortHeader(buf, at) : 0;
        const next = at + (header & 7) + (header >>> 3) + 2;
        if (header === 0 || next > end) return found;
        if (i === 1) {
          starts[found] = at + (header & 7);
          ends[found++] = next - 2;
        }
        at = next;
      }
    }
    return found;
  }

  /** The buffer that `lookAhead` looks at. */
  get source(): Buffer {
    return this.buf;
  }

  protected override knownBytes(): number {
    if (this.missing === 0) return 0;
    const read = this.at - this.base;
    return this.bodyBytes < 0
      ? read + this.missing * ARG_BYTES_MIN
      : read + this.bodyBytes + 2 + (this.missing - 1) * ARG_BYTES_MIN;
  }

  protected override endIsKnown(): boolean {
    return this.missing === 1 && this.bodyBytes >= 0;
  }

  protected override moved(shift: number): void {
    if (this.missing > 0) this.repoint(this.buf, shift);
  }

  private repoint(buf: Buffer, shift: number): void {
    for (let i = 0; i < this.argc; i++) {
      const arg = this.args[i]!;
      arg.buf = buf;
      arg.start -= shift;
      arg.end -= shift;
    }
  }

  /** Arguments not of the request being read must not keep large buffers alive, nor themselves when there were many. */
  private forgetArguments(): void {
    const { args } = this;
    if (this.missing === 0) this.argc = 0;
    const kept = Math.max(this.argc, IDLE_ARGS_MAX);
    if (args.length > kept) args.length = kept;
    for (let i = this.argc; i < args.length; i++) args[i]!.buf = NO_BYTES;
  }

  /** What `begin` came to when it did not find the count of a request. */
  private outcome(): Progress {
    if (this.broken) return BROKEN;
    return this.argc > 0 ? REQUEST : MORE;
  }

  /** Reads up to the arguments of the next request that has any; true if their number is known. Inline is read whole. */
  private begin(): boolean {
    this.argc = 0;
    const { buf, end } = this;
    for (;;) {
      const at = this.at;
      this.base = at;
      if (at === end) return false;
      if (buf[at] !== STAR) {
        if (!this.readInline()) return false;
        continue;
      }
      let count: number;
      if (at + 4 <= end && isDigit(buf[at + 1]!) && buf[at + 2] === CR && buf[at + 3] === LF) {
        count = buf[at + 1]! - ZERO;
        this.at = at + 4;
      } else if (this.headerIsWhole('mbulk count string')) count = this.takeNumber(at);
      else return false;
      if (!this.countIsFine(count)) return false;
      if (count > 0) {
        this.requestStart = at;
        this.missing = count;
        return true;
      }
    }
  }

  private countIsFine(count: number): boolean {
    if (!(count <= this.limits.argsMax)) {
      this.fail('invalid multibulk length');
      return false;
    }
    if (!this.authenticated && count > this.limits.unauthenticated.argsMax) {
      this.fail('unauthenticated multibulk length');
      return false;
    }
    return true;
  }

  private readArguments(): Progress {
    const { buf, end, args, argBytesMax } = this;
    let { at, argc, missing, bodyBytes } = this;
    while (missing > 0) {
      if (bodyBytes < 0) {
        const header = at + ARG_BYTES_MIN <= end && buf[at] === DOLLAR ? shortHeader(buf, at) : 0;
        bodyBytes = header >>> 3;
        if (header !== 0 && bodyBytes <= argBytesMax) at += header & 7;
        else {
          this.keepState(at, argc, missing, -1);
          if (!this.readBulkHeader()) return this.broken ? BROKEN : MORE;
          at = this.at;
          bodyBytes = this.bodyBytes;
        }
      }
      const bodyEnd = at + bodyBytes;
      if (bodyEnd + 2 > end) {
        this.keepState(at, argc, missing, bodyBytes);
        return MORE;
      }
      if (buf[bodyEnd] !== CR || buf[bodyEnd + 1] !== LF) return this.fail('invalid bulk length');
      let arg = args[argc];
      if (arg === undefined) args.push((arg = new Argument()));
      arg.buf = buf;
      arg.start = at;
      arg.end = bodyEnd;
      argc++;
      missing--;
      bodyBytes = -1;
      at = bodyEnd + 2;
    }
    return this.complete(at, argc);
  }

  private complete(at: number, argc: number): Progress {
    const requestBytes = at - this.base;
    this.requestStart = this.base;
    this.keepState(at, argc, 0, -1);
    this.base = at;
    if (requestBytes + argc * ARG_OVERHEAD_BYTES > this.queryBytesMax) return this.fail('');
    return REQUEST;
  }

  private keepState(at: number, argc: number, missing: number, bodyBytes: number): void {
    this.at = at;
    this.argc = argc;
    this.missing = missing;
    this.bodyBytes = bodyBytes;
  }

  /** The `$` header of any length, and what is wrong with it. */
  private readBulkHeader(): boolean {
    const at = this.at;
    if (!this.headerIsWhole('bulk count string')) return false;
    const first = this.buf[at]!;
    if (first !== DOLLAR) {
      this.fail(`expected '$', got '${String.fromCharCode(first)}'`);
      return false;
    }
    const length = this.takeNumber(at);
    if (!(length >= 0 && length <= this.limits.argBytesMax)) this.fail('invalid bulk length');
    else if (length > this.argBytesMax) this.fail('unauthenticated bulk length');
    else this.bodyBytes = length;
    return !this.broken;
  }

  /** Whether the header at `at` is there through its carriage return and the byte after, which should be a line feed. */
  private headerIsWhole(countName: string): boolean {
    const { buf, at } = this;
    const stop = Math.min(this.end, at + this.limits.headerBytesMax);
    let i = at;
    while (i < stop && buf[i] !== CR) i++;
    this.slowBytes += i - at;
    if (i - at === this.limits.headerBytesMax) this.fail(`too big ${countName}`);
    return !this.broken && i + 1 < this.end;
  }

  /** The number between a whole header's first byte and its line end. NaN if either is wrong. */
  private takeNumber(header: number): number {
    const { buf } = this;
    const start = header + 1;
    let end = start;
    while (buf[end] !== CR) end++;
    this.at = end + 2;
    return buf[end + 1] === LF ? parseInteger(buf, start, end) : Number.NaN;
  }

  /**
   * An inline request. True if it was empty; false if it is in `args`, is not whole, or is wrong. Nothing is found beyond
   * a NUL byte, as in Redis: the line never ends.
   */
  private readInline(): boolean {
    const { buf, at } = this;
    const stop = Math.min(this.end, at + this.limits.inlineBytesMax + 1);
    if (buf[at] === TLS_HANDSHAKE) {
      this.fail('');
      return false;
    }
    const from = at + this.searched;
    let i = from;
    while (i < stop && buf[i] !== LF && buf[i] !== NUL) i++;
    this.slowBytes += i - from;
    if (i === stop || buf[i] === NUL) {
      this.searched = i - at;
      if (stop - at > this.limits.inlineBytesMax) this.fail('too big inline request');
      return false;
    }
    this.searched = 0;
    this.at = i + 1;
    this.base = this.at;
    return this.takeInline(buf.subarray(at, i > at && buf[i - 1] === CR ? i - 1 : i));
  }

  private takeInline(line: Buffer): boolean {
    if (line.length === 0) return true;
    const words = Buffer.allocUnsafeSlow(line.length);
    const balanced = splitInline(line, words, (start, end) => {
      const arg = (this.args[this.argc++] ??= new Argument());
      arg.buf = words;
      arg.start = start;
      arg.end = end;
    });
    if (!balanced) this.fail('unbalanced quotes in request');
    return balanced && this.argc === 0;
  }

  private get argBytesMax(): number {
    return this.authenticated ? this.limits.argBytesMax : this.limits.unauthenticated.argBytesMax;
  }

  private get queryBytesMax(): number {
    return this.authenticated ? this.limits.queryBytesMax : this.limits.unauthenticated.queryBytesMax;
  }

  private fail(what: string): typeof BROKEN {
    this.broken = true;
    this.error = what === '' ? '' : `ERR Protocol error: ${what}`;
    this.missing = 0;
    this.forgetArguments();
    this.drop();
    return BROKEN;
  }
}
