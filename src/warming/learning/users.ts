import { LRUCache } from 'lru-cache';

/** Keys remembered of one user. */
export const KEYS_PER_USER_MAX = 16;
/** Longer names of users are not remembered. */
const USER_BYTES_MAX = 128;
/** Who asks again after this has begun a new session. */
export const SESSION_GAP_MS = 10 * 60_000;

/** What is known of one user. */
export interface User {
  /** Database and key, the last one asked for at the end; with how often. */
  readonly keys: Map<string, number>;
  /** Name of the template last loaded from; '' before the first. */
  lastTemplate: string;
  /** Wall ms. */
  lastAtMs: number;
}

/** The users seen last, with the keys each asked for last. */
export class Users {
  private readonly users: LRUCache<string, User> | null;

  constructor(readonly usersMax: number) {
    this.users = usersMax === 0 ? null : new LRUCache({ max: usersMax });
  }

  get size(): number {
    return this.users?.size ?? 0;
  }

  get(id: string): User | undefined {
    return this.users?.peek(id);
  }

  /** The user asked for this; undefined: users are not remembered, or not such names. */
  note(id: string, name: string, uses: number): User | undefined {
    if (this.users === null || id.length > USER_BYTES_MAX) return undefined;
    let user = this.users.get(id);
    if (user === undefined) this.users.set(id, (user = { keys: new Map(), lastTemplate: '', lastAtMs: 0 }));
    const { keys } = user;
    const before = keys.get(name) ?? 0;
    keys.delete(name);
    keys.set(name, before + uses);
    if (keys.size > KEYS_PER_USER_MAX) keys.delete(keys.keys().next().value!);
    return user;
  }

  clear(): void {
    this.users?.clear();
  }

  /** The one seen longest ago first. */
  *all(): Generator<[id: string, user: User]> {
    if (this.users !== null) yield* this.users.rentries() as Generator<[string, User]>;
  }
}
