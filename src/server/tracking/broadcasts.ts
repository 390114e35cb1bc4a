import type { Onlooker } from '../../engine/notices';
import type { TurnWriter } from '../turn';
import type { TrackedClient } from './tracked-client';

/** Keys gathered for one prefix in a turn; of more, its clients are told that all may have changed. */
const KEYS_PER_TURN_MAX = 10_000;

/** A prefix, who wants to hear of its keys, and those that changed in this turn, each with who changed it last. */
interface Prefix {
  readonly clients: Set<TrackedClient>;
  readonly keys: Map<string, TurnWriter | null>;
  isOverflown: boolean;
}

/** CLIENT TRACKING BCAST: changes of keys with a prefix, read or not, told once a turn. */
export class Broadcasts implements Onlooker {
  private readonly prefixes = new Map<string, Prefix>();
  private isPending = false;

  constructor(
    private readonly tell: (client: TrackedClient, keys: readonly string[]) => void,
    private readonly tellAll: (client: TrackedClient) => void,
    private readonly served: () => TurnWriter | null,
    private readonly wake: () => void,
  ) {}

  get isEmpty(): boolean {
    return this.prefixes.size === 0;
  }

  get prefixCount(): number {
    return this.prefixes.size;
  }

  add(client: TrackedClient): void {
    for (const prefix of client.prefixes) {
      const known = this.prefixes.get(prefix);
      if (known === undefined)
        this.prefixes.set(prefix, { clients: new Set([client]), keys: new Map(), isOverflown: false });
      else known.clients.add(client);
    }
  }

  remove(client: TrackedClient): void {
    for (const prefix of client.prefixes) {
      const known = this.prefixes.get(prefix);
      if (known?.clients.delete(client) && known.clients.size === 0) this.prefixes.delete(prefix);
    }
  }

  noticed(_db: number, key: string): void {
    for (const [prefix, each] of this.prefixes) {
      if (!key.startsWith(prefix)) continue;
      if (each.keys.size < KEYS_PER_TURN_MAX) each.keys.set(key, this.served());
      else each.isOverflown = true;
      this.pend();
    }
  }

  manyNoticed(): void {
    for (const each of this.prefixes.values()) each.isOverflown = true;
    this.pend();
  }

  /** All was said at once, to everybody. */
  forget(): void {
    for (const each of this.prefixes.values()) {
      each.keys.clear();
      each.isOverflown = false;
    }
  }

  flush(): void {
    if (!this.isPending) return;
    this.isPending = false;
    // In Redis's order.
    for (const [, each] of [...this.prefixes].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const { clients, keys, isOverflown } = each;
      if (isOverflown) for (const client of clients) this.tellAll(client);
      else if (keys.size > 0) for (const client of clients) this.tellOne(client, keys);
      keys.clear();
      each.isOverflown = false;
    }
  }

  private tellOne(client: TrackedClient, keys: ReadonlyMap<string, TurnWriter | null>): void {
    const names: string[] = [];
    for (const [key, by] of keys) if (!client.noloop || by !== client.session) names.push(key);
    if (names.length > 0) this.tell(client, names.sort());
  }

  private pend(): void {
    if (this.isPending) return;
    this.isPending = true;
    this.wake();
  }
}
