import type { Argument } from '../../protocol/argument';
import type { Limits } from '../../protocol/limits';
import type { RequestReader } from '../../protocol/request-reader';
import type { Clock, Scheduler } from '../base/world';
import type { Reply } from '../commands/context';
import type { Exclusion } from '../commands/node';
import type { Session } from './session';
import type { Turn } from './turn';

/** Counters of the server itself; INFO shows them. */
export class ServerCounters {
  connectionsReceived = 0;
  connectionsRejected = 0;
  commandsProcessed = 0;
  protocolErrors = 0;
  errorReplies = 0;
  outputBufferDisconnections = 0;
  queryBufferDisconnections = 0;
  idleDisconnections = 0;
  netInputBytes = 0;
  netOutputBytes = 0;

  reset(): void {
    Object.assign(this, new ServerCounters());
  }
}

/** How much unsent output a client may pile up. */
export interface OutputLimits {
  readonly hardBytes: number;
  /** For no longer than `softMs`. */
  readonly softBytes: number;
  readonly softMs: number;
}

/** What every session shares: the turn, the limits, and the way to run a request. */
export interface Serving {
  readonly turn: Turn;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
  readonly counters: ServerCounters;
  readonly limits: Limits;
  readonly authRequired: boolean;
  /** TCP keep-alive probe delay; 0: none. */
  readonly keepAliveMs: number;
  /** Unsent output at which a client is no longer read. */
  readonly outputPauseBytes: number;
  /** Of subscribers, or of all others. */
  outputLimits(isSubscriber: boolean): OutputLimits;
  readonly outputUnauthenticatedBytes: number;
  /** Warms the processor's caches for the requests that follow in the reader. */
  lookAhead(session: Session, reader: RequestReader): void;
  /** Runs one request; its reply is written, or will be by the promised thunk. */
  run(session: Session, args: Argument[], argc: number): undefined | Promise<Reply>;
  /** Runs a promised reply in the session's bracket. */
  reply(session: Session, reply: Reply): undefined | Promise<Reply>;
  /** Writes the error reply for a promise that was rejected. */
  failed(failure: unknown): undefined;
  left(session: Session): void;
  /** Whose transaction waits in its middle; null: nobody's. */
  readonly alone: Session | null;
  readonly exclusion: Exclusion;
  /** Somebody else is served alone. */
  isHeldBack(session: Session): boolean;
  /** Calls `go` once everybody is served again. */
  whenAll(go: () => void): void;
}
