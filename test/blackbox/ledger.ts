import type { Reply } from '../../protocol/reply-reader';
import type { RequestClient } from './request-client';

const PADDING = 'p'.repeat(200);
const TAGS = 4;
/** Every so many-th key is made from the writer's source key. */
const DERIVED_EVERY = 5;
/** Keys that only `fill` writes: once their rows are in the file, nothing but a defect can lose them. */
const KEPT = 20;
const READS_AT_ONCE = 250;

/**
 * The staleness checker's book (versions and floors). Each writer owns its keys, so the order of its requests is the order
 * of what happens to them. What replaces or kills a value takes the key's next version; once that is acknowledged, no
 * older value may ever be read again.
 */
export class Ledger {
  private readonly names: string[];
  private readonly versions: number[];
  private readonly floors: number[];
  private readonly tagged: boolean[];
  /** Whether the newest request stored a value. */
  private readonly lives: boolean[];
  private readonly source: string;
  acknowledged = 0;

  constructor(
    private readonly writer: string,
    private readonly count: number,
    private readonly random: () => number,
  ) {
    const all = count + KEPT;
    this.names = Array.from({ length: all }, (_, i) => (i < count ? `${writer}:${i}` : `${writer}:kept:${i}`));
    this.versions = Array<number>(all).fill(0);
    this.floors = Array<number>(all).fill(0);
    this.tagged = Array<boolean>(all).fill(false);
    this.lives = Array<boolean>(all).fill(false);
    this.source = `${writer}:source`;
  }

  /** Says which keys are made from the source; to be asked before anything else. */
  declare(client: RequestClient): Promise<unknown> {
    return Promise.all(this.derived().map((i) => client.text('DEPADD', this.names[i]!, this.source)));
  }

  /** A value for every key. */
  fill(client: RequestClient): Promise<unknown> {
    return client.together(() => Promise.all(this.names.map((_, i) => this.store(client, i, i % 2 === 0))));
  }

  /** One request, chosen at random. Settles when it is acknowledged. */
  step(client: RequestClient): Promise<void> {
    const i = this.below(this.count);
    const dice = this.random();
    if (dice < 0.55) return this.store(client, i, dice < 0.3);
    if (dice < 0.7) return this.kill(client, [i], 'DEL', this.names[i]!);
    if (dice < 0.8) return this.kill(client, [i], 'PEXPIRE', this.names[i]!, '1');
    if (dice < 0.88) return this.kill(client, [i], 'INVALKEY', this.names[i]!);
    if (dice < 0.93) return this.kill(client, this.derived(), 'SET', this.source, 'changed');
    const tag = this.below(TAGS);
    const name = this.tagOf(tag);
    const carriers = this.names.map((_, at) => at).filter((at) => this.tagged[at] && this.tagOf(at) === name);
    return this.kill(client, carriers, 'INVALTAG', name);
  }

  /** Reads every key. What was read is the least that may be read from then on. */
  async check(client: RequestClient): Promise<{ missing: string[]; violations: string[] }> {
    const found = { missing: [] as string[], violations: [] as string[] };
    for (let from = 0; from < this.names.length; from += READS_AT_ONCE) {
      const to = Math.min(this.names.length, from + READS_AT_ONCE);
      const replies = client.together(() => this.names.slice(from, to).map((name) => client.text('GET', name)));
      for (const [at, reply] of (await Promise.all(replies)).entries()) this.judge(from + at, reply, found);
    }
    return found;
  }

  /** Keys whose newest acknowledged change stored a value. */
  get written(): string[] {
    return this.names.filter((_, i) => this.floors[i] === this.versions[i] && this.lives[i]);
  }

  /** Keys that no step touches. */
  get kept(): string[] {
    return this.names.slice(this.count);
  }

  private judge(i: number, reply: string | null, found: { missing: string[]; violations: string[] }): void {
    const [name, floor, newest] = [this.names[i]!, this.floors[i]!, this.versions[i]!];
    if (reply === null) {
      found.missing.push(name);
      return;
    }
    const [head, padding] = reply.split('|');
    const version = Number(head!.slice(name.length + 1));
    if (head !== `${name}@${version}` || padding !== PADDING) found.violations.push(`${name}: not its value: ${head}`);
    else if (version < floor) found.violations.push(`${name}: version ${version} after ${floor} was acknowledged`);
    else if (version > newest) found.violations.push(`${name}: version ${version} was never written (${newest})`);
    else this.floors[i] = version;
  }

  private store(client: RequestClient, i: number, isTagged: boolean): Promise<void> {
    const version = ++this.versions[i]!;
    this.tagged[i] = isTagged;
    this.lives[i] = true;
    const value = `${this.names[i]}@${version}|${PADDING}`;
    const request = isTagged
      ? ['TAGSET', this.names[i]!, value, 'TAGS', this.tagOf(i)]
      : ['SET', this.names[i]!, value];
    return client.ask(...request).then((reply) => this.settle(reply, [[i, version]]));
  }

  private kill(client: RequestClient, keys: readonly number[], ...request: string[]): Promise<void> {
    const dead = keys.map((i): [number, number] => {
      this.tagged[i] = false;
      this.lives[i] = false;
      return [i, ++this.versions[i]!];
    });
    return client.ask(...request).then((reply) => this.settle(reply, dead));
  }

  private settle(reply: Reply, changed: readonly (readonly [key: number, version: number])[]): void {
    if (reply instanceof Error) throw reply;
    this.acknowledged++;
    for (const [i, version] of changed) this.floors[i] = Math.max(this.floors[i]!, version);
  }

  private derived(): number[] {
    return Array.from({ length: Math.ceil(this.count / DERIVED_EVERY) }, (_, i) => i * DERIVED_EVERY);
  }

  /** Tag of key `i`; of the keys that are kept, one that is never invalidated. */
  private tagOf(i: number): string {
    return `${this.writer}:tag:${i < this.count ? i % TAGS : 'kept'}`;
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
