import type { Clock } from '../../base/world';
import type { Use } from '../../engine/demand';
import type { Known, LoadedKeys } from './keys';
import { type Learned, nameOfKey } from './learned';
import { SESSION_GAP_MS } from './users';
import type { Wanted } from './wanted';

/** Turns news into what is learned. Hits are seen at the next walk, so their order within a session is not known; loads' is. */
export class Observing {
  /** Uses of keys with loaders that were seen, loads that somebody waited for among them. */
  seen = 0;
  /** The same since STATS RESET. */
  counted = 0;

  constructor(
    private readonly learned: Learned,
    private readonly wanted: Wanted,
    private readonly keys: LoadedKeys,
    private readonly clock: Clock,
    /** Between two walks, ms: what was used since, of a counter that stands at its end. */
    private readonly walkMs: () => number,
  ) {}

  /** An entry was used, as its counter says. */
  used(use: Use): void {
    const known = this.keys.know(use.key);
    if (known === null) return;
    const uses = use.isCountLost ? this.usesOfFullCounter(use) : use.uses;
    if (uses > 0) this.note(use.db, use.key, known, uses, use.expiresAt);
  }

  /** Somebody waited for a load of it: one use, however many did. `key` is latin1. */
  missed(db: number, key: string): void {
    const known = this.keys.know(key);
    if (known === null) return;
    const item = this.note(db, key, known, 1, Number.POSITIVE_INFINITY);
    if (item >= 0) this.wanted.loaded(item);
    if (known.user !== undefined) this.follow(known.user, known.match);
  }

  /** It was loaded, whoever asked. */
  loaded(db: number, key: string): void {
    const item = this.learned.recent.itemOf(nameOfKey(db, key));
    if (item >= 0) this.wanted.loaded(item);
  }

  private get wallMs(): number {
    return this.clock.now + this.clock.wallOffsetMs;
  }

  /** The key's item in `recent`, or -1. */
  private note(db: number, key: string, known: Known, uses: number, expiresAt: number): number {
    const { learned, wallMs } = this;
    const name = nameOfKey(db, key);
    this.seen += uses;
    this.counted += uses;
    learned.hours.add(name, uses, wallMs);
    const template = learned.templateOf(known.match);
    template?.profile.add(uses, wallMs);
    if (known.user !== undefined) {
      learned.users.note(known.user, name, uses);
      if (known.others !== '') template?.popular.add(known.others, uses, wallMs);
    }
    const item = learned.recent.add(name, uses, wallMs);
    if (item >= 0) this.wanted.used(item, uses, expiresAt);
    return item;
  }

  /** A counter at its end says only that it was used: then it is as wanted as it was. */
  private usesOfFullCounter({ db, key, usedAtMs }: Use): number {
    const { learned, wallMs } = this;
    const walkMs = this.walkMs();
    if (usedAtMs < this.clock.now - walkMs) return 0;
    const item = learned.recent.itemOf(nameOfKey(db, key));
    return item < 0 ? 1 : Math.max(1, learned.recent.rateOf(item, wallMs) * walkMs);
  }

  /** What a user's session comes to, template after template. */
  private follow(id: string, match: string): void {
    const { learned, wallMs } = this;
    const user = learned.users.get(id);
    if (user === undefined) return;
    if (user.lastTemplate === '' || wallMs - user.lastAtMs > SESSION_GAP_MS) learned.transitions.starts.add(match);
    else if (user.lastTemplate !== match) learned.transitions.note(user.lastTemplate, match);
    user.lastTemplate = match;
    user.lastAtMs = wallMs;
  }
}
