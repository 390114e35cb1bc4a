import type { Reply } from '../../protocol/reply-reader';
import type { Write } from './book';
import { type Checker, ifGone } from './checker';
import type { Connection } from './connection';
import { type Kind, LOADED_KINDS, STORED_KINDS } from './key-space';
import { sleep } from './origin';
import { storeRequest } from './readers';
import { rowText } from './values';

/** One write: what it is called in the report, what is sent, what it reaches. */
interface Plan {
  what: string;
  request: (string | number)[];
  reached: readonly number[];
  named?: readonly number[];
  stores?: number;
  /** Soft, and within how many ms what it spares becomes stale. */
  softMs?: number;
  /** Sent right behind it, before it is answered. */
  next?: Plan;
}

const GROUP_SHARE = 0.1;
const STORE_SHARE = 0.7;
const STAGGER_MS_MAX = 500;

const storeName = (kind: Kind) => (kind === 'tput' ? 'TAGSET' : kind === 'held' ? 'TAGSET GRACE' : 'SET');

/** Changes rows at the origin and tells the cache; the connection carries nothing but that. */
export class Writer {
  private connection: Connection | null = null;

  constructor(
    private readonly checker: Checker,
    private readonly draw: () => number,
    private readonly pauseMs: number,
    /** Writes at once on the connection. */
    private readonly burst: number,
  ) {}

  async run(): Promise<void> {
    const { checker } = this;
    while (!checker.over) {
      try {
        await this.step();
      } catch (error) {
        ifGone(error);
      }
      await sleep(checker.random() * this.pauseMs * 2);
    }
  }

  private async step(): Promise<void> {
    if (this.connection === null || this.connection.isGone) this.connection = await this.checker.connect();
    const plans = Array.from({ length: 1 + this.checker.below(this.burst) }, () => this.plan());
    const all = plans.flatMap((plan) => (plan.next === undefined ? [plan] : [plan, plan.next]));
    const writes = all.map((plan) => this.write(plan));
    for (const result of await Promise.allSettled(writes)) if (result.status === 'rejected') throw result.reason;
  }

  /** The write of one key, whoever asks for it; settles when it is acknowledged or refused. */
  async write(plan: Plan): Promise<boolean> {
    const { checker } = this;
    const { book } = checker;
    const { what, reached, named = [], stores = -1, softMs } = plan;
    // Two stores of one key at once have no order.
    if (stores >= 0 && book.isStoring(stores)) return false;
    const target = stores < 0 ? plan.request.join(' ') : `${what} ${book.space.keys[stores]!.name}`;
    const write = book.begin(target, reached, named, stores, softMs);
    const request =
      stores < 0
        ? plan.request
        : storeRequest(checker, stores, rowText(book.space.keys[stores]!.name, write.versions.get(stores)!));
    try {
      return this.settle(write, plan, await this.connection!.ask(...request));
    } catch (error) {
      book.failed(write, 'connection gone');
      throw error;
    }
  }

  private settle(write: Write, { what, stores = -1 }: Plan, reply: Reply): boolean {
    const { checker } = this;
    if (reply instanceof Error || reply === null) {
      checker.book.failed(write, reply === null ? 'refused' : reply.message);
      checker.tally.refusedWrites++;
      if (reply !== null) checker.refused(stores, what, reply);
      return false;
    }
    checker.book.acknowledged(write);
    checker.count(what);
    return true;
  }

  private plan(): Plan {
    const { checker } = this;
    const dice = checker.random();
    if (dice < GROUP_SHARE) return this.ofGroup();
    const key = this.draw();
    const { kind } = checker.book.space.keys[key]!;
    if (kind === 'item' || kind === 'list' || kind === 'page' || kind === 'shop') return this.ofRow(key);
    const isOnlyStored = STORED_KINDS.has(kind) && !LOADED_KINDS.has(kind) && kind !== 'lease' && kind !== 'fill';
    const storeShare = isOnlyStored ? STORE_SHARE : STORED_KINDS.has(kind) ? 0.1 : 0;
    return checker.random() < storeShare ? this.ofStore(key) : this.ofKill(key);
  }

  private ofStore(key: number): Plan {
    const { space } = this.checker.book;
    const what = storeName(space.keys[key]!.kind);
    return { what, request: [], reached: space.downFrom(key), named: [key], stores: key };
  }

  /** One tag of many keys, or two of them with a key, in one call. */
  private ofGroup(): Plan {
    const { checker } = this;
    const { space } = checker.book;
    const group = checker.below(space.scale.groups);
    const tag = `g:${group}`;
    const reached = space.tagged(tag);
    const dice = checker.random();
    if (dice < 0.25 && checker.abilities.soft) return this.softly(tag);
    if (dice < 0.45 && checker.abilities.inval) {
      const other = `g:${(group + 1) % space.scale.groups}`;
      const key = this.draw();
      const { key: name } = space.keys[key]!;
      const all = [...reached, ...space.tagged(other), ...space.downFrom(key)];
      const request = ['INVAL', 'REASON', 'check', 'TAGS', 2, tag, other, 'KEYS', 1, name];
      return { what: 'INVAL TAGS KEYS', request, reached: all, named: [key] };
    }
    if (dice < 0.55 && checker.abilities.inval)
      return { what: 'INVAL SYNC', request: ['INVAL', 'SYNC', 'TAGS', 1, tag], reached };
    if (dice < 0.65 && checker.abilities.inval)
      return { what: 'INVAL DRYRUN', request: ['INVAL', 'DRYRUN', 'TAGS', 1, tag], reached: [] };
    return { what: 'INVALTAG', request: ['INVALTAG', tag], reached };
  }

  /** At once, spread, or with a hard one right behind it: hard beats grace. */
  private softly(tag: string): Plan {
    const { checker } = this;
    const reached = checker.book.space.tagged(tag);
    const dice = checker.random();
    const softMs = dice < 0.3 ? 1 + checker.below(STAGGER_MS_MAX) : 0;
    const stagger = softMs > 0 ? ['STAGGER', softMs] : [];
    const request = ['INVAL', 'SOFT', ...stagger, 'TAGS', 1, tag];
    const soft: Plan = { what: softMs > 0 ? 'INVAL SOFT STAGGER' : 'INVAL SOFT', request, reached, softMs };
    return dice < 0.8 ? soft : { ...soft, next: { what: 'INVALTAG', request: ['INVALTAG', tag], reached } };
  }

  private ofKill(key: number): Plan {
    const { checker } = this;
    const { space } = checker.book;
    const { key: name, tags } = space.keys[key]!;
    const dice = checker.random();
    const own = tags.at(-1);
    if (own !== undefined && dice < 0.5) {
      const reached = space.tagged(own);
      if (dice < 0.2 && checker.abilities.soft) return this.softly(own);
      return { what: 'INVALTAG', request: ['INVALTAG', own], reached };
    }
    const reached = space.downFrom(key);
    if (dice < 0.7) return { what: 'INVALKEY', request: ['INVALKEY', name], reached, named: [key] };
    if (dice < 0.8 && checker.abilities.inval)
      return { what: 'INVAL KEYS', request: ['INVAL', 'KEYS', 1, name], reached, named: [key] };
    return { what: 'DEL', request: ['DEL', name], reached, named: [key] };
  }

  /** A row of a type was written: rules lead on from its tag. */
  private ofRow(key: number): Plan {
    const { checker } = this;
    const { space } = checker.book;
    const { name } = space.keys[key]!;
    const [kind, id] = name.split(':') as [string, string];
    const { rules, invalwrite } = checker.abilities;
    const reached = rules ? this.byRules(kind, id) : [key];
    const dice = checker.random();
    if (!invalwrite || dice < 0.3) return { what: 'INVALTAG', request: ['INVALTAG', name], reached };
    if (kind !== 'item') return { what: 'INVALWRITE', request: ['INVALWRITE', kind, id], reached };
    if (dice < 0.45) return { what: 'INVALWRITE', request: ['INVALWRITE', 'order', id], reached };
    if (dice < 0.55 && checker.abilities.inval) return this.ofAll(id, reached);
    const shop = checker.below(4);
    const all = rules ? [...reached, space.indexOf(`shop:${shop}`)] : reached;
    const request = ['INVALWRITE', 'item', id, 'CONTEXT', 1, 'shop', shop];
    return { what: 'INVALWRITE', request, reached: all.filter((at) => at >= 0) };
  }

  /** A tag, a key and a row in one call. */
  private ofAll(id: string, byRow: readonly number[]): Plan {
    const { checker } = this;
    const { space } = checker.book;
    const tag = `g:${checker.below(space.scale.groups)}`;
    const key = this.draw();
    const request = ['INVAL', 'TAGS', 1, tag, 'KEYS', 1, space.keys[key]!.key, 'WRITE', 'item', id];
    const reached = [...space.tagged(tag), ...space.downFrom(key), ...byRow];
    return { what: 'INVAL TAGS KEYS WRITE', request, reached, named: [key] };
  }

  private byRules(kind: string, id: string): number[] {
    const { space } = this.checker.book;
    const chain = ['item', 'list', 'page'];
    const from = chain.indexOf(kind);
    const kinds = from < 0 ? [kind] : chain.slice(from);
    return kinds.map((each) => space.indexOf(`${each}:${id}`));
  }
}
