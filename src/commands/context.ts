import type { Clock } from '../base/world';
import type { EngineApi, SetOptions } from '../engine/api';
import type { Outcome, Reply } from './framework/outcome';
import type { Table } from './framework/table';
import type { ReplyWriter } from './framework/wire';
import type { Node } from './node';
import type { Subscriptions } from './pubsub/hub';
import type { Tracking } from './server/client/tracking-state';
import type { Transaction } from './transaction/transaction';
import type { Watch } from './transaction/watched-keys';

export type { Outcome, Reply } from './framework/outcome';

/** One connection, as commands see it. The session implements it. */
export interface Client {
  readonly id: number;
  /** Selected database. */
  db: number;
  proto: 2 | 3;
  /** Latin1; '' when it has none. */
  name: string;
  libName: string;
  libVersion: string;
  /** 'ip:port', or the path of the unix socket. */
  readonly address: string;
  readonly localAddress: string;
  /** Clock milliseconds. */
  readonly createdAtMs: number;
  readonly lastActiveAtMs: number;
  /** Full name, as 'config|get'. */
  lastCommand: string;
  readonly authenticated: boolean;
  noEvict: boolean;
  noTouch: boolean;
  /** From MULTI to EXEC; null otherwise. Call `modesChanged` after a change of any of these. */
  transaction: Transaction | null;
  /** Null while no key is watched. */
  watch: Watch | null;
  /** Null while there are none. */
  subscriptions: Subscriptions | null;
  /** Null while CLIENT TRACKING is off. */
  tracking: Tracking | null;
  /** Its requests go another way in a transaction, with subscriptions or tracking. */
  modesChanged(): void;
  authenticate(): void;
  /** CLIENT REPLY is ON again; RESET. */
  forgetReplyMode(): void;
  /** Back to the state of a client that must authenticate; RESET only, and only where a password is set. */
  deauthenticate(): void;
  /** Ends the connection once the replies so far are written. */
  closeAfterReply(): void;
  /** Ends the connection now, without a word. */
  close(): void;
}

/** What others take away again and again is not chased forever. */
const TRIES_MAX = 3;

/** All that a command may touch. One a connection; `out` is that of the turn. */
export class Context {
  /** Of a write that says nothing but who writes. */
  readonly plainWrite: SetOptions;

  constructor(
    readonly engine: EngineApi,
    readonly out: ReplyWriter,
    readonly client: Client,
    readonly node: Node,
    readonly clock: Clock,
    /** Of the commands that are served now. */
    public table: Table,
  ) {
    this.plainWrite = { client: client.id };
  }

  /** Of an EXEC, whose commands do not wait for other clients. */
  inTransaction = false;

  get db(): number {
    return this.client.db;
  }

  /**
   * Uses a value now if it is here; otherwise `then` runs later, in the session's bracket. The request's arguments stay
   * valid meanwhile, slots and views of values do not.
   */
  when<T>(value: T | Promise<T>, then: (value: T) => Outcome): Outcome {
    return value instanceof Promise
      ? value.then(
          (given): Reply =>
            () =>
              then(given),
        )
      : then(value);
  }

  /**
   * As `when`, for what decides a write: others may have changed things between the answer and its use, so after a wait
   * `ask` is asked again. What is there by then is in memory and answered at once. Having to wait again means that it is
   * not: nothing (0, null) then still stands, and anything else was taken away meanwhile and is asked for once more.
   */
  current<T>(ask: () => T | Promise<T>, then: (value: T) => Outcome): Outcome {
    const first = ask();
    return first instanceof Promise ? this.again(first, ask, then) : then(first);
  }

  /** As `current`, where the caller has asked once already and must wait. */
  again<T>(
    asked: Promise<T>,
    ask: () => T | Promise<T>,
    then: (value: T) => Outcome,
    triesLeft = TRIES_MAX,
  ): Promise<Reply> {
    return asked.then(
      (given): Reply =>
        () => {
          const next = ask();
          if (!(next instanceof Promise)) return then(next);
          if (given && triesLeft > 0) return this.again(next, ask, then, triesLeft - 1);
          next.catch(() => {});
          return then(given);
        },
    );
  }
}
