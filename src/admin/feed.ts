import type { InvalidationEvent, Probe } from '../engine/probe';
import { FEED_EVENTS_MAX } from './limits';
import { escapeName, readable } from './text';

const TAGS_SHOWN_MAX = 16;
const TAG_LENGTH_MAX = 256;

/** One invalidation, as the port shows it. */
export interface FeedEvent {
  /** Rises by one. */
  readonly id: number;
  readonly epoch: number;
  readonly atMs: number;
  /** The first ones, escaped. */
  readonly tags: readonly string[];
  readonly tagsTotal: number;
  /** Named ones. */
  readonly keys: number;
  readonly died: number;
  readonly cascaded: number;
  readonly client: string;
  readonly reason: string;
}

type Listener = (event: FeedEvent) => void;

/** The latest invalidations with their causes, and who wants to hear of the next ones. */
export class InvalidationFeed implements Partial<Probe> {
  private readonly events: FeedEvent[] = [];
  private readonly listeners = new Set<Listener>();
  private lastId = 0;

  invalidated({ epoch, atMs, tags, keys, died, cascaded, client = '', reason = '' }: InvalidationEvent): void {
    const event: FeedEvent = {
      id: ++this.lastId,
      epoch,
      atMs,
      tags: tags.slice(0, TAGS_SHOWN_MAX).map((tag) => escapeName(tag.slice(0, TAG_LENGTH_MAX))),
      tagsTotal: tags.length,
      keys,
      died,
      cascaded,
      client: readable(client),
      reason: readable(reason),
    };
    this.events.push(event);
    if (this.events.length > FEED_EVENTS_MAX) this.events.shift();
    for (const listener of this.listeners) listener(event);
  }

  /** Newest first. */
  latest(count: number): FeedEvent[] {
    return this.events.slice(-count).reverse();
  }

  listen(listener: Listener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
