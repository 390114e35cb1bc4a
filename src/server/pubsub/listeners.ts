import type { Kind, Subscriptions } from '../../commands/pubsub/hub';

/** What one client listens to. */
export class OwnSubscriptions implements Subscriptions {
  readonly channels = new Set<string>();
  readonly patterns = new Set<string>();
  readonly shardChannels = new Set<string>();

  get count(): number {
    return this.channels.size + this.patterns.size + this.shardChannels.size;
  }

  *all(): Iterable<[Kind, string]> {
    for (const kind of ['channels', 'patterns', 'shardChannels'] as const) {
      for (const name of this[kind]) yield [kind, name];
    }
  }
}

/** Who listens to each name. */
export class Listeners<T> {
  private readonly byName = new Map<string, Set<T>>();

  get size(): number {
    return this.byName.size;
  }

  of(name: string): ReadonlySet<T> | undefined {
    return this.byName.get(name);
  }

  names(): Iterable<string> {
    return this.byName.keys();
  }

  /** True if nobody listened to it before. */
  add(name: string, listener: T): boolean {
    const known = this.byName.get(name);
    if (known === undefined) this.byName.set(name, new Set([listener]));
    else known.add(listener);
    return known === undefined;
  }

  /** True if nobody listens to it any more. */
  delete(name: string, listener: T): boolean {
    const known = this.byName.get(name);
    if (known?.delete(listener) !== true || known.size > 0) return false;
    return this.byName.delete(name);
  }
}
