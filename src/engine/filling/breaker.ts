import type { World } from '../../base/world';
import type { FillLimits } from './limits';

/** Of this many calls, newest first, at most a part may fail. */
const RECENT_CALLS = 20;
const FAILED_SHARE_MAX = 0.5;
/** A source that asks for longer is asked again all the same. */
const RETRY_AFTER_MS_MAX = 60_000;
/** A pause is shortened at random by up to this part, so that nodes do not come back together. */
const JITTER = 0.25;

export type BreakerState = 'closed' | 'open' | 'half-open';

/**
 * Keeps calls from a source that is dead. Open after failures in a row, or when half of the last calls failed; then one call
 * is let through: it closes it, or opens it again for twice as long.
 */
export class Breaker {
  state: BreakerState = 'closed';
  private openUntilMs = 0;
  private openings = 0;
  private failuresInRow = 0;
  /** One bit a call, 1 for a failure; the newest lowest. */
  private recent = 0;
  private recentCalls = 0;

  constructor(
    private readonly world: Pick<World, 'clock' | 'random'>,
    private readonly limits: Pick<FillLimits, 'breakerFailures' | 'breakerRetryMs' | 'breakerRetryMaxMs'>,
  ) {}

  get mayCall(): boolean {
    if (this.state === 'closed') return true;
    return this.state === 'open' && this.retryInMs === 0;
  }

  /** Until it lets a call through; 0 when it would now. */
  get retryInMs(): number {
    return this.state === 'open' ? Math.max(0, this.openUntilMs - this.world.clock.now) : 0;
  }

  /** A call begins, where `mayCall`. True if it is the one that decides. */
  begin(): boolean {
    if (this.state === 'closed') return false;
    this.state = 'half-open';
    return true;
  }

  succeeded(decides: boolean): void {
    if (decides) this.close();
    if (this.state !== 'closed') return;
    this.failuresInRow = 0;
    this.note(0);
  }

  failed(decides: boolean, retryAfterMs = 0): void {
    if (!decides && this.state !== 'closed') return;
    this.failuresInRow++;
    this.note(1);
    if (decides || retryAfterMs > 0 || this.failuresInRow >= this.limits.breakerFailures || this.isFailing())
      this.open(retryAfterMs);
  }

  private note(bit: 0 | 1): void {
    this.recent = ((this.recent << 1) | bit) & ((1 << RECENT_CALLS) - 1);
    this.recentCalls++;
  }

  private isFailing(): boolean {
    if (this.recentCalls < RECENT_CALLS) return false;
    let failed = 0;
    for (let bits = this.recent; bits !== 0; bits &= bits - 1) failed++;
    return failed > RECENT_CALLS * FAILED_SHARE_MAX;
  }

  private open(retryAfterMs: number): void {
    const { limits, world } = this;
    const pauseMs = Math.min(limits.breakerRetryMaxMs, limits.breakerRetryMs * 2 ** Math.min(this.openings, 30));
    const asked = Math.min(retryAfterMs, RETRY_AFTER_MS_MAX);
    this.openUntilMs = world.clock.now + Math.max(asked, Math.ceil(pauseMs * (1 - JITTER * world.random())));
    this.state = 'open';
    this.openings++;
  }

  private close(): void {
    this.state = 'closed';
    this.openings = 0;
    this.failuresInRow = 0;
    this.recent = 0;
    this.recentCalls = 0;
  }
}
