import type { Clock } from '../base/world';
import type { Clients } from './clients';
import type { OutputLimits, ServerCounters } from './serving';
import type { Session } from './session';

export interface DeadlineLimits {
  /** A client that asks nothing is let go after this; 0: never. */
  idleMs: number;
  /** A begun request must be whole within this. */
  requestMs: number;
  /** A password must be given within this. */
  authMs: number;
}

/** Lets go of clients that keep a connection without using it. Called about once a second. */
export class Deadlines {
  constructor(
    private readonly clients: Clients,
    private readonly clock: Clock,
    private readonly counters: ServerCounters,
    private readonly limits: () => DeadlineLimits,
    private readonly outputLimits: (isSubscriber: boolean) => OutputLimits,
  ) {}

  check(): void {
    const limits = this.limits();
    for (const session of this.clients) this.checkOne(session, limits, this.clock.now);
  }

  private checkOne(session: Session, limits: DeadlineLimits, now: number): void {
    const isSubscriber = session.subscriptions !== null;
    const { softMs } = this.outputLimits(isSubscriber);
    if (session.softLimitSinceMs > 0 && now - session.softLimitSinceMs > softMs) {
      this.counters.outputBufferDisconnections++;
      session.destroy();
      return;
    }
    if (session.isWaiting) return;
    const isSlow = session.halfSinceMs > 0 && now - session.halfSinceMs > limits.requestMs;
    // Who only listens is not idle.
    const isIdle = !isSubscriber && limits.idleMs > 0 && now - session.lastActiveAtMs > limits.idleMs;
    const isStranger = !session.authenticated && now - session.createdAtMs > limits.authMs;
    if (!isSlow && !isIdle && !isStranger) return;
    this.counters.idleDisconnections++;
    session.destroy();
  }
}
