import { latin1Of } from '../base/bytes';
import { Pace } from '../base/pace';
import type { World } from '../base/world';
import type { QuietOutcome, SourceState } from '../engine/quiet-loads';
import { askedOrigin } from './counts';
import type { WarmHouse } from './house';
import type { WarmItem, WarmQueue } from './queue';

/** Read anew each time, so that CONFIG SET takes effect at once. */
export interface BudgetLimits {
  /** Loads at once, of all sources. */
  readonly concurrencyMax: number;
  /** Of what a source has been seen to answer, 0 to 1. */
  readonly share: number;
  /** Keys a second from a source, however little it is known to answer. */
  readonly rateMin: number;
}

/** What is known of a source is this old at most. */
const STATES_MS = 20;
/** A source that was busy is asked again after this. */
const BUSY_MS = 20;
/** So many failures in a row, and a source is thought to be down: it is asked less and less often. */
const DOWN_AFTER = 3;
const BACK_OFF_MS = 100;
/** Short enough to be back within 5 seconds. */
const BACK_OFF_MS_MAX = 3_000;
/** A key is given up then; it has more of them while its source is thought to be down. */
const TRIES_MAX = 3;
const TRIES_DOWN_MAX = 10;

/** What warming does to one source. */
class Lane {
  readonly pace = new Pace();
  /** Calls, and their keys. */
  running = 0;
  keysRunning = 0;
  failures = 0;
  /** Not asked before; clock ms. */
  heldUntilMs = 0;
}

/** How one source is used now, for the statistics. */
export interface LaneState {
  source: string;
  queued: number;
  running: number;
  /** Keys a second that it may be asked for. */
  rate: number;
  /** Why it is not asked now; '' where it is. */
  held: string;
}

/**
 * The one budget of all warming: loads at once, and for each source a share of what it can answer. Whoever waits for a
 * source goes first; one whose breaker is open is left alone, and one that fails is asked less and less.
 */
export class Budget {
  running = 0;
  isPaused = false;
  /** Told of each key just before it is loaded. */
  onBegin: (item: WarmItem) => void = () => {};
  /** Told of each key that is done, with its part of the time that its call took. */
  onEnded: (item: WarmItem, outcome: QuietOutcome, tookMs: number) => void = () => {};
  private readonly lanes = new Map<string, Lane>();
  private states = new Map<string, SourceState>();
  private statesAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly queue: WarmQueue,
    private readonly house: Pick<WarmHouse, 'quiet' | 'batchOf'>,
    private readonly world: World,
    private readonly limits: BudgetLimits,
  ) {}

  /** Begins what may begin until `enough()`; true if there is more to begin at once. */
  slice(enough: () => boolean): boolean {
    if (this.queue.size === 0 || this.isPaused) return false;
    this.look();
    while (this.running < this.limits.concurrencyMax) {
      const item = this.queue.take((source) => this.whyNot(source) === '');
      if (item === undefined) return false;
      this.begin(item);
      if (enough()) return true;
    }
    return false;
  }

  /** Why a source may not be asked now; '' if it may. */
  whyNot(source: string): string {
    const lane = this.laneOf(source);
    const state = this.states.get(source);
    const { now } = this.world.clock;
    if (state !== undefined && state.breaker !== 'closed' && (state.retryInMs > 0 || lane.running > 0))
      return 'breaker';
    // Its own keys wait too, for others of their batch.
    if (state !== undefined && state.waiting > lane.keysRunning) return 'requests first';
    if (now < lane.heldUntilMs) return lane.failures >= DOWN_AFTER ? 'failing' : 'busy';
    if (lane.running >= (lane.failures >= DOWN_AFTER ? 1 : this.laneMax())) return 'concurrency';
    return lane.pace.mayStep(now) ? '' : 'rate';
  }

  /** A call that is made beside the queue, such as a list's: false if it has to wait. */
  mayCall(source: string): boolean {
    this.look();
    if (this.isPaused || this.whyNot(source) !== '') return false;
    this.laneOf(source).pace.step(this.world.clock.now, this.rateOf(source));
    return true;
  }

  /** Keys a second that a source may be asked for. */
  rateOf(source: string): number {
    const { share, rateMin } = this.limits;
    const { capacityPerSecond = 0, callsPerSecondMax = Number.POSITIVE_INFINITY } = this.states.get(source) ?? {};
    return Math.min(Math.max(rateMin, share * capacityPerSecond), share * callsPerSecondMax);
  }

  *laneStates(): Generator<LaneState> {
    this.look();
    for (const [source, queued] of this.queue.bySource()) {
      const { running } = this.laneOf(source);
      yield {
        source,
        queued,
        running,
        rate: this.rateOf(source),
        held: this.isPaused ? 'paused' : this.whyNot(source),
      };
    }
  }

  /** One call: the key, with as many of those behind it as may travel along. */
  private begin(item: WarmItem): void {
    const { now } = this.world.clock;
    const lane = this.laneOf(item.source);
    const perSecond = this.rateOf(item.source);
    const items = [item, ...this.companions(item)];
    lane.pace.step(now, perSecond);
    lane.running++;
    this.running++;
    let left = items.length;
    let cost = false;
    for (const each of items) {
      void this.load(each, lane, items.length).then((outcome) => {
        cost ||= askedOrigin(outcome);
        if (--left > 0) return;
        this.running--;
        lane.running--;
        if (!cost) lane.pace.undo(perSecond);
      });
    }
  }

  private companions(item: WarmItem): WarmItem[] {
    const { house, queue } = this;
    const batch = house.batchOf?.(latin1Of(item.offer.key));
    const found: WarmItem[] = [];
    if (batch === undefined || batch.keysMax === 1) return found;
    const fits = (each: WarmItem) => house.batchOf!(latin1Of(each.offer.key)).template === batch.template;
    while (found.length + 1 < batch.keysMax) {
      const next = queue.takeMore(item.source, fits);
      if (next === undefined) break;
      found.push(next);
    }
    return found;
  }

  private async load(item: WarmItem, lane: Lane, keys: number): Promise<QuietOutcome> {
    this.onBegin(item);
    lane.keysRunning++;
    const beganMs = this.world.clock.fineMs();
    const outcome = await this.house.quiet.loadQuietly(item.offer);
    lane.keysRunning--;
    this.ended(item, lane, outcome, (this.world.clock.fineMs() - beganMs) / keys);
    return outcome;
  }

  private ended(item: WarmItem, lane: Lane, outcome: QuietOutcome, tookMs: number): void {
    if (outcome === 'busy') this.hold(lane, item, Math.max(BUSY_MS, this.retryInMs(item.source)));
    else if (outcome === 'failed') this.failed(item, lane, tookMs);
    else {
      if (askedOrigin(outcome)) lane.failures = 0;
      this.onEnded(item, outcome, tookMs);
    }
  }

  /** Tried again behind its equals: a few times, and often where it is the source that fails. */
  private failed(item: WarmItem, lane: Lane, tookMs: number): void {
    lane.failures++;
    const isDown = lane.failures >= DOWN_AFTER;
    if (++item.tries >= (isDown ? TRIES_DOWN_MAX : TRIES_MAX)) this.onEnded(item, 'failed', tookMs);
    else this.queue.putBehind(item);
    if (!isDown) return;
    const waitMs = Math.min(BACK_OFF_MS_MAX, BACK_OFF_MS * 2 ** (lane.failures - DOWN_AFTER));
    lane.heldUntilMs = this.world.clock.now + waitMs * (0.75 + this.world.random() / 2);
  }

  private hold(lane: Lane, item: WarmItem, ms: number): void {
    lane.heldUntilMs = Math.max(lane.heldUntilMs, this.world.clock.now + ms);
    this.queue.putBack(item);
  }

  private retryInMs(source: string): number {
    this.statesAtMs = Number.NEGATIVE_INFINITY;
    this.look();
    const state = this.states.get(source);
    return state === undefined || state.breaker === 'closed' ? 0 : Math.min(state.retryInMs, BACK_OFF_MS_MAX);
  }

  /** One source that answers slowly leaves room for the others. */
  private laneMax(): number {
    const { concurrencyMax } = this.limits;
    return Math.max(this.lanes.size, this.queue.sources) > 1 ? Math.ceil(concurrencyMax / 2) : concurrencyMax;
  }

  private look(): void {
    const { now } = this.world.clock;
    if (now - this.statesAtMs < STATES_MS) return;
    this.statesAtMs = now;
    this.states = new Map(this.house.quiet.sourceStates().map((state) => [state.name, state]));
  }

  private laneOf(source: string): Lane {
    let lane = this.lanes.get(source);
    if (lane === undefined) this.lanes.set(source, (lane = new Lane()));
    return lane;
  }
}
