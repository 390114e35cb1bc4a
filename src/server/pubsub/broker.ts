import { type Bytes, bytesOf, latin1Of } from '../../base/bytes';
import { Fault } from '../../base/fault';
import type { Client } from '../../commands/context';
import { glob } from '../../commands/framework/glob';
import type { Hub, Kind } from '../../commands/pubsub/hub';
import type { Letter, Mail } from '../mail';
import type { Session } from '../session';
import { Listeners, OwnSubscriptions } from './listeners';

export interface BrokerLimits {
  /** Subscriptions of one client. */
  readonly perClientMax: number;
  /** Of all clients together. */
  readonly totalMax: number;
  /** Longest name of a channel or pattern. */
  readonly nameBytesMax: number;
}

/** Names of Larder's own channels begin so: clients listen to them, only the server publishes there. */
const OWN_CHANNELS = '__larder__:';
const RESERVED = new Fault(`ERR channels that begin with ${OWN_CHANNELS} are published to by the server only`);

/**
 * Who listens to what. A message is written once for each protocol and goes, with the turn's replies, to whoever listens in
 * the moment of PUBLISH; nothing is kept for those who come later.
 */
export class Broker implements Hub {
  private readonly listeners = {
    channels: new Listeners<Session>(),
    patterns: new Listeners<Session>(),
    shardChannels: new Listeners<Session>(),
  };
  private readonly matchers = new Map<string, (channel: Bytes) => boolean>();
  private total = 0;
  /** Clients with subscriptions. */
  subscribers = 0;
  /** Messages handed over. */
  delivered = 0;

  constructor(
    private readonly mail: Mail,
    private readonly sessionOf: (id: number) => Session | undefined,
    private readonly limits: BrokerLimits,
  ) {}

  subscribe(client: Client, kind: Kind, name: string): void {
    const session = this.sessionOf(client.id)!;
    const own = (session.subscriptions as OwnSubscriptions | null) ?? new OwnSubscriptions();
    if (own[kind].has(name)) return;
    const { perClientMax, totalMax, nameBytesMax } = this.limits;
    if (name.length > nameBytesMax) throw new Fault('ERR channel name exceeds maximum allowed size (max-key-size)');
    if (own.count >= perClientMax) throw tooMany('pubsub-client-subscriptions-max', perClientMax);
    if (this.total >= totalMax) throw tooMany('pubsub-subscriptions-max', totalMax);
    own[kind].add(name);
    this.total++;
    const isNew = this.listeners[kind].add(name, session);
    if (isNew && kind === 'patterns') this.matchers.set(name, glob(bytesOf(name)));
    if (session.subscriptions !== null) return;
    session.subscriptions = own;
    this.subscribers++;
    session.modesChanged();
  }

  unsubscribe(client: Client, kind: Kind, name: string): void {
    const session = this.sessionOf(client.id);
    if (session !== undefined) this.remove(session, kind, name);
  }

  leave(client: Client): void {
    const session = this.sessionOf(client.id);
    if (session !== undefined) this.gone(session);
  }

  /** Its connection ended. */
  gone(session: Session): void {
    const own = session.subscriptions as OwnSubscriptions | null;
    if (own !== null) for (const [kind, name] of [...own.all()]) this.remove(session, kind, name);
  }

  publish(channel: Bytes, message: Bytes): number {
    if (latin1Of(channel).startsWith(OWN_CHANNELS)) throw RESERVED;
    return this.send(channel, message);
  }

  /** A message of the server itself. */
  announce(channel: string, message: Buffer): number {
    return this.send(bytesOf(channel), bytesOf(message));
  }

  publishToShard(channel: Bytes, message: Bytes): number {
    const listening = this.listeners.shardChannels.of(latin1Of(channel));
    return listening === undefined ? 0 : this.deliver(listening, messageOf('smessage', null, channel, message));
  }

  channels(kind: 'channels' | 'shardChannels'): Iterable<string> {
    return this.listeners[kind].names();
  }

  subscribersOf(kind: 'channels' | 'shardChannels', name: string): number {
    return this.listeners[kind].of(name)?.size ?? 0;
  }

  get patternCount(): number {
    return this.matchers.size;
  }

  get channelCount(): number {
    return this.listeners.channels.size;
  }

  get shardChannelCount(): number {
    return this.listeners.shardChannels.size;
  }

  private send(channel: Bytes, message: Bytes): number {
    const listening = this.listeners.channels.of(latin1Of(channel));
    let reached = listening === undefined ? 0 : this.deliver(listening, messageOf('message', null, channel, message));
    for (const [pattern, matches] of this.matchers) {
      if (!matches(channel)) continue;
      reached += this.deliver(this.listeners.patterns.of(pattern)!, messageOf('pmessage', pattern, channel, message));
    }
    return reached;
  }

  private deliver(to: ReadonlySet<Session>, letter: Letter): number {
    this.delivered += to.size;
    this.mail.sendAll(to, letter);
    return to.size;
  }

  private remove(session: Session, kind: Kind, name: string): void {
    const own = session.subscriptions as OwnSubscriptions | null;
    if (own === null || !own[kind].delete(name)) return;
    this.total--;
    if (this.listeners[kind].delete(name, session) && kind === 'patterns') this.matchers.delete(name);
    if (own.count > 0) return;
    session.subscriptions = null;
    this.subscribers--;
    session.modesChanged();
  }
}

function tooMany(setting: string, limit: number): Fault {
  return new Fault(`ERR too many subscriptions (${setting} ${limit})`);
}

function messageOf(word: string, pattern: string | null, channel: Bytes, message: Bytes): Letter {
  return (out) => {
    out.push(pattern === null ? 3 : 4);
    out.bulkText(word);
    if (pattern !== null) out.bulkText(pattern);
    out.bulk(channel);
    out.bulk(message);
  };
}
