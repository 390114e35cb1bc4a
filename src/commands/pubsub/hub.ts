import type { Bytes } from '../../base/bytes';
import type { Client } from '../context';

/** What a client listens to; names are latin1, in the order in which they were subscribed to. */
export interface Subscriptions {
  readonly channels: ReadonlySet<string>;
  readonly patterns: ReadonlySet<string>;
  readonly shardChannels: ReadonlySet<string>;
}

export type Kind = keyof Subscriptions;

/** Who listens to what, and the way of a message to them. The server implements it. */
export interface Hub {
  /** Throws Fault at a limit. Nothing changes for what is subscribed to already. */
  subscribe(client: Client, kind: Kind, name: string): void;
  unsubscribe(client: Client, kind: Kind, name: string): void;
  /** All of them at once. */
  leave(client: Client): void;
  /** To whoever listens now; how many were reached (a client counts once for its channel and once for each pattern). */
  publish(channel: Bytes, message: Bytes): number;
  publishToShard(channel: Bytes, message: Bytes): number;
  /** Channels with subscribers. */
  channels(kind: 'channels' | 'shardChannels'): Iterable<string>;
  subscribersOf(kind: 'channels' | 'shardChannels', name: string): number;
  /** Distinct patterns. */
  readonly patternCount: number;
}
