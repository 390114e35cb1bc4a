import type { ServerResponse } from 'node:http';
import { httpOrigin, type Origin } from '../loaders/origin';

type Answer = (response: ServerResponse) => void;

const OK: Answer = (response) => response.end('x');

/** An origin that answers each request when the test says so, with what was true when the request came. */
export class HeldOrigin {
  /** Answers of paths; '/held/...' waits for `release`, everything else is answered at once. */
  private readonly answers = new Map<string, Answer>();
  private readonly held: { path: string; answer: () => void }[] = [];
  private readonly arrivals = new Set<() => void>();
  private origin!: Origin;

  static async open(): Promise<HeldOrigin> {
    const held = new HeldOrigin();
    held.origin = await httpOrigin(({ url = '' }, response) => {
      const answer = held.answers.get(url) ?? OK;
      if (url.startsWith('/held/')) held.held.push({ path: url, answer: () => answer(response) });
      else answer(response);
      for (const wake of held.arrivals) wake();
    });
    return held;
  }

  get url(): string {
    return this.origin.url;
  }

  get paths(): readonly string[] {
    return this.origin.paths;
  }

  /** How often the path was asked for. */
  asked(path: string): number {
    return this.paths.filter((each) => each === path).length;
  }

  says(path: string, body: string): void {
    this.answers.set(path, (response) => response.end(body));
  }

  saysStatus(path: string, status: number, body = ''): void {
    this.answers.set(path, (response) => response.writeHead(status).end(body));
  }

  /** Settles once so many requests of paths beginning so are held. */
  async holds(prefix: string, count: number): Promise<void> {
    const waiting = () => this.held.filter(({ path }) => path.startsWith(prefix)).length;
    while (waiting() < count) await new Promise<void>((wake) => this.arrivals.add(wake));
    this.arrivals.clear();
  }

  /** Answers the oldest held request of the path. Throws if there is none. */
  release(path: string): void {
    const at = this.held.findIndex((each) => each.path === path);
    if (at < 0) throw new Error(`nobody asks for ${path}`);
    for (const { answer } of this.held.splice(at, 1)) answer();
  }

  close(): Promise<void> {
    return this.origin.close();
  }
}
