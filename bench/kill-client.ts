import { Client, type Reply } from './client';
import { Ledger } from './kill-ledger';
import { randomFrom, sleepMs } from './statistics';

const REQUESTS_AT_ONCE = 16;
const READS_AT_ONCE = 250;
const OWN_TAGS = 8;
const PADDING = 'p'.repeat(80);

/** Tags that keys of all clients carry. */
export const SHARED_TAGS = ['shared:0', 'shared:1', 'shared:2', 'shared:3'] as const;

/** What happened under load. */
export interface Tally {
  stores: number;
  removals: number;
  invalidations: number;
  reads: number;
  old: number;
  invented: number;
  refused: number;
}

interface Step {
  request: string[];
  /** Told of the reply, in the order of requests. */
  replied(reply: Reply): void;
}

/** One client with keys of its own, so that the order of its requests is the order of what happens to them. */
export class KillClient {
  readonly ledger: Ledger;
  private readonly draw: () => number;

  constructor(
    private readonly id: number,
    keys: number,
    private readonly hasTags: boolean,
  ) {
    this.ledger = new Ledger(keys);
    this.draw = randomFrom(id + 1);
  }

  /** Writes, removes, invalidates and reads until the connection breaks, which is the expected end. */
  async work(port: number, pauseMs: number, tally: Tally): Promise<void> {
    const client = await Client.open(port);
    for (;;) {
      const steps = Array.from({ length: REQUESTS_AT_ONCE }, () => this.step(tally));
      // Each reply is judged when it comes: those that came before the kill are acknowledgements.
      const replied = client.together(() => steps.map((step) => client.call(...step.request).then(step.replied)));
      await Promise.all(replied);
      if (pauseMs > 0) await sleepMs(pauseMs);
    }
  }

  /** Reads every key once after a restart. What is read stays the least that may be read later. */
  async readAll(port: number): Promise<{ reads: number; hits: number; old: number }> {
    const client = await Client.open(port);
    const seen = { reads: 0, hits: 0, old: 0 };
    for (let from = 0; from < this.ledger.keys; from += READS_AT_ONCE) {
      const keys = Array.from({ length: Math.min(READS_AT_ONCE, this.ledger.keys - from) }, (_, i) => from + i);
      const replies = await client.pipeline(keys.map((key) => ['GET', this.name(key)]));
      for (const [index, reply] of replies.entries()) {
        seen.reads++;
        if (reply instanceof Error) throw reply;
        if (typeof reply !== 'string') continue;
        seen.hits++;
        const version = Number.parseInt(reply, 10);
        if (this.ledger.isOld(version, this.ledger.floor(keys[index]!))) seen.old++;
        else this.ledger.readBack(keys[index]!, version);
      }
    }
    this.ledger.allReadBack();
    client.close();
    return seen;
  }

  private name(key: number): string {
    return `kill:${this.id}:${key}`;
  }

  private step(tally: Tally): Step {
    const key = this.draw() % this.ledger.keys;
    const chance = this.draw() % 100;
    if (chance < 25) return this.get(key, tally);
    if (chance < 60 || (chance < 88 && !this.hasTags)) return this.store(key, [], tally);
    if (chance < 88) return this.store(key, [this.ownTag(), SHARED_TAGS[this.draw() % SHARED_TAGS.length]!], tally);
    if (chance < 98 || !this.hasTags) return this.remove(key, tally);
    return this.invalidate(tally);
  }

  private ownTag(): string {
    return `own:${this.id}:${this.draw() % OWN_TAGS}`;
  }

  private get(key: number, tally: Tally): Step {
    const floor = this.ledger.floor(key);
    return {
      request: ['GET', this.name(key)],
      replied: (reply) => {
        tally.reads++;
        if (reply === null) return;
        const version = Number.parseInt(String(reply), 10);
        if (this.ledger.isOld(version, floor)) tally.old++;
        if (this.ledger.isInvented(version)) tally.invented++;
      },
    };
  }

  private store(key: number, tags: string[], tally: Tally): Step {
    const version = this.ledger.next();
    const value = `${version}:${PADDING}`;
    this.ledger.storeSent(version, tags);
    return {
      request: tags.length > 0 ? ['TAGSET', this.name(key), value, 'TAGS', ...tags] : ['SET', this.name(key), value],
      replied: (reply) => {
        // A fill that an invalidation overtook is not stored and answers null.
        if (reply !== 'OK') return void tally.refused++;
        tally.stores++;
        this.ledger.storeAcked(key, version, tags);
      },
    };
  }

  private remove(key: number, tally: Tally): Step {
    const version = this.ledger.next();
    return {
      request: ['DEL', this.name(key)],
      replied: () => {
        tally.removals++;
        this.ledger.removeAcked(key, version);
      },
    };
  }

  private invalidate(tally: Tally): Step {
    const tag = this.ownTag();
    return {
      request: ['INVALTAG', tag],
      replied: () => {
        tally.invalidations++;
        // One connection is answered in order: what is acknowledged now is what the server had then.
        this.ledger.invalidationSent(tag)();
      },
    };
  }
}
