import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Book } from './book';
import { rowText } from './values';

/** How the origin feels. */
export interface Mood {
  /** Longest delay of an answer, ms. */
  delayMs: number;
  /** Share of answers that are errors, resets and hangs. */
  failing: number;
}

/** Longer than the server waits for its origin. */
const HANG_MS = 3_000;

/**
 * Where truth is. A read samples the version at a random point of a random delay: what was read may be old when it
 * arrives.
 */
export class Origin {
  mood: Mood;
  /** Requests by key. */
  readonly asked: Int32Array;
  /** Of these, those that were answered with trouble, or so late that nobody waits any more. */
  readonly failed: Int32Array;
  private readonly server: Server;

  private constructor(
    private readonly book: Book,
    private readonly random: () => number,
    /** When nothing is wrong. */
    readonly well: Mood,
  ) {
    this.mood = well;
    const count = book.space.keys.length;
    this.asked = new Int32Array(count);
    this.failed = new Int32Array(count);
    this.server = createServer(
      { keepAliveTimeout: 60_000 },
      (request, response) => void this.answer(request, response),
    );
  }

  /** Answers after up to `delayMs`. */
  static async open(book: Book, random: () => number, delayMs = 25): Promise<Origin> {
    const origin = new Origin(book, random, { delayMs, failing: 0 });
    await new Promise<void>((listening) => origin.server.listen(0, '127.0.0.1', listening));
    return origin;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get loads(): number {
    return this.asked.reduce((sum, each) => sum + each, 0);
  }

  /** Reads for a client that fills the cache itself. */
  async read(key: number): Promise<string> {
    const { delayMs } = this.mood;
    const before = this.random() * delayMs;
    await sleep(before);
    const value = rowText(this.book.space.keys[key]!.name, this.book.versions[key]!);
    await sleep(this.random() * (delayMs - before));
    return value;
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((closed) => this.server.close(() => closed()));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const key = this.book.space.indexOf(decodeURIComponent((request.url ?? '').slice(1)));
    if (key < 0) {
      response.writeHead(404).end();
      return;
    }
    this.asked[key]!++;
    const isTrouble = this.random() < this.mood.failing;
    if (isTrouble) this.failed[key]!++;
    response.once('close', () => {
      // Nobody waited for the end: the other side gave up, or was killed.
      if (!response.writableFinished && !isTrouble) this.failed[key]!++;
    });
    if (isTrouble) await this.fail(response);
    else {
      const value = await this.read(key);
      this.book.note(key, `origin answers a load with ${value.split('|', 2)[1]}`);
      response.end(value);
    }
  }

  private async fail(response: ServerResponse): Promise<void> {
    const dice = this.random();
    if (dice < 0.2) await sleep(HANG_MS);
    else await sleep(this.random() * this.mood.delayMs);
    if (dice < 0.5) response.destroy();
    else response.writeHead(503).end('trouble');
  }
}

export const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
