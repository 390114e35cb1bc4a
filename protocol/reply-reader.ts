import RedisParser from 'redis-parser';

/** What a server answered. Strings are Buffers; an error is a value here, also inside an array; null is nil. */
export type Reply = Buffer | number | Error | null | Reply[];

/**
 * Reads RESP2 replies for our own clients, on redis-parser: in order, whatever the chunks. Buffers of short strings are
 * views into the chunk that brought them: copy what is kept for long. Only for servers that are trusted: redis-parser
 * believes lengths and recurses into arrays.
 */
export class ReplyReader {
  private readonly parser: RedisParser;
  private broken: Error | undefined;

  constructor(each: (reply: Reply) => void) {
    this.parser = new RedisParser({
      returnBuffers: true,
      returnReply: each,
      returnError: each,
      returnFatalError: (error) => {
        this.broken = error;
      },
    });
  }

  /** Throws once the bytes are not RESP2; the connection cannot go on then. */
  feed(chunk: Buffer): void {
    if (this.broken === undefined) this.parser.execute(chunk);
    if (this.broken !== undefined) throw this.broken;
  }
}
