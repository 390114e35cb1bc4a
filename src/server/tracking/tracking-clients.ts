import { type Bytes, latin1Of } from '../../base/bytes';
import type { Client } from '../../commands/context';
import type { TrackingOptions, TrackingTable } from '../../commands/server/client/tracking-state';
import type { Notices } from '../../engine/notices';
import type { Letter, Mail } from '../mail';
import type { Session } from '../session';
import type { Turn } from '../turn';
import { Broadcasts } from './broadcasts';
import { TrackedClient } from './tracked-client';

/** Where clients of RESP2 listen for what they have redirected. */
const CHANNEL = '__redis__:invalidate';

export interface TrackingParts {
  readonly notices: Notices;
  readonly mail: Mail;
  readonly turn: Turn;
  sessionOf(id: number): Session | undefined;
  /** Keys remembered for all clients together; 0: no limit. */
  keysMax(): number;
}

/**
 * CLIENT TRACKING: which client was shown which key, and the message that it changed. The engine tells it in the middle of
 * the change; the message goes out with the turn's replies, so never before the change is visible, and no later than the
 * reply that acknowledges it.
 */
export class TrackingClients implements TrackingTable {
  private readonly clients = new Set<TrackedClient>();
  private readonly broadcasts: Broadcasts;
  /** Keys given up because the table was full. */
  evicted = 0;

  constructor(private readonly parts: TrackingParts) {
    this.broadcasts = new Broadcasts(
      (client, keys) => this.tell(client, keys),
      (client) => this.tell(client, null),
      () => parts.turn.served,
      () => parts.turn.wake(),
    );
    parts.notices.emptied = () => this.emptied();
    parts.turn.beforeFlush = () => this.broadcasts.flush();
  }

  /** Clients that track. */
  get count(): number {
    return this.clients.size;
  }

  get keys(): number {
    return this.parts.notices.tracked.size;
  }

  /** Pairs of key and client. */
  get items(): number {
    return this.parts.notices.tracked.items;
  }

  get prefixes(): number {
    return this.broadcasts.prefixCount;
  }

  start(client: Client, options: TrackingOptions): void {
    const { notices, sessionOf } = this.parts;
    const session = sessionOf(client.id)!;
    const asked = options.bcast && options.prefixes.length === 0 ? { ...options, prefixes: [''] } : options;
    const known = session.tracking as TrackedClient | null;
    if (known !== null) {
      known.change(asked);
      if (known.bcast) this.broadcasts.add(known);
      return;
    }
    const tracked = new TrackedClient(session, asked, this);
    session.tracking = tracked;
    this.clients.add(tracked);
    notices.begin();
    if (tracked.bcast) this.broadcasts.add(tracked);
    notices.onlooker = this.broadcasts.isEmpty ? null : this.broadcasts;
    session.modesChanged();
  }

  stop(client: Client): void {
    const session = this.parts.sessionOf(client.id);
    if (session !== undefined) this.gone(session);
  }

  /** Its connection ended, or it tracks no more. */
  gone(session: Session): void {
    const tracked = session.tracking as TrackedClient | null;
    if (tracked === null) return;
    const { notices } = this.parts;
    session.tracking = null;
    tracked.session = null;
    this.clients.delete(tracked);
    this.broadcasts.remove(tracked);
    notices.onlooker = this.broadcasts.isEmpty ? null : this.broadcasts;
    if (this.clients.size === 0) notices.tracked.clear();
    notices.end();
    session.modesChanged();
  }

  remember(db: number, key: Bytes, client: TrackedClient): void {
    const { notices, keysMax } = this.parts;
    notices.track(db, key, client);
    const most = keysMax();
    while (most > 0 && notices.tracked.size > most) {
      this.evicted++;
      notices.tracked.tellOldest();
    }
  }

  /** What a command that waited has shown: if it changed meanwhile, that is said behind the reply. */
  rememberLate(db: number, key: Bytes, epoch: number, client: TrackedClient): void {
    if (client.session === null) return;
    if (this.parts.notices.isOvertaken(db, key, epoch)) {
      const text = latin1Of(key);
      if (!client.bcast || client.prefixes.some((prefix) => text.startsWith(prefix))) this.tell(client, [text]);
    } else if (!client.bcast) this.remember(db, key, client);
  }

  changed(client: TrackedClient, key: string): void {
    if (client.session === null) return;
    if (client.noloop && this.parts.turn.served === client.session) return;
    this.tell(client, [key]);
  }

  private emptied(): void {
    this.broadcasts.forget();
    for (const client of this.clients) this.tell(client, null);
  }

  /** `keys` null: all of them. */
  private tell(client: TrackedClient, keys: readonly string[] | null): void {
    const { session } = client;
    if (session === null) return;
    const { mail, sessionOf } = this.parts;
    const target = client.redirect === 0 ? session : sessionOf(client.redirect);
    if (target === undefined) {
      client.isRedirectBroken = true;
      if (session.proto === 3) mail.send(session, brokenLetter(client.redirect), true);
    } else if (target.proto === 3) mail.send(target, invalidateLetter(keys), true);
    else if (target !== session && target.subscriptions !== null) mail.send(target, channelLetter(keys), true);
  }
}

function brokenLetter(redirect: number): Letter {
  return (out) => {
    out.push(2);
    out.bulkText('tracking-redir-broken');
    out.integer(redirect);
  };
}

function invalidateLetter(keys: readonly string[] | null): Letter {
  return (out) => {
    out.push(2);
    out.bulkText('invalidate');
    writeKeys(out, keys);
  };
}

/** For a client of RESP2: a message like others. */
function channelLetter(keys: readonly string[] | null): Letter {
  return (out) => {
    out.push(3);
    out.bulkText('message');
    out.bulkText(CHANNEL);
    writeKeys(out, keys);
  };
}

function writeKeys(out: Parameters<Letter>[0], keys: readonly string[] | null): void {
  if (keys === null) {
    out.nil();
    return;
  }
  out.array(keys.length);
  for (const key of keys) out.bulkText(key);
}
