import { LRUCache } from 'lru-cache';
import type { World } from '../../base/world';
import type { LoadFailure } from '../../loaders/loader';
import type { FillLimits } from './limits';

/** Keys whose last load failed; of more, the oldest are forgotten, and may be loaded again at once. */
const KEYS_MAX = 10_000;
const JITTER = 0.5;

interface Failures {
  inRow: number;
  untilMs: number;
  reason: string;
}

/** Keys whose loads fail again and again are loaded ever more seldom. The first failure costs nothing: most are accidents. */
export class BackOff {
  private readonly keys = new LRUCache<string, Failures>({ max: KEYS_MAX });

  constructor(
    private readonly world: Pick<World, 'clock' | 'random'>,
    private readonly limits: Pick<FillLimits, 'backOffMs' | 'backOffMaxMs'>,
  ) {}

  /** What went wrong, while the key is not to be loaded. */
  reasonFor(name: string): string | undefined {
    if (this.keys.size === 0) return undefined;
    const known = this.keys.get(name);
    return known !== undefined && known.untilMs > this.world.clock.now ? known.reason : undefined;
  }

  /** How long it is not to be loaded now, ms. */
  failed(name: string, { reason }: LoadFailure): number {
    const { world, limits } = this;
    const inRow = (this.keys.get(name)?.inRow ?? 0) + 1;
    const wholeMs = inRow === 1 ? 0 : Math.min(limits.backOffMaxMs, limits.backOffMs * 2 ** Math.min(inRow - 2, 30));
    const pauseMs = Math.ceil(wholeMs * (1 - JITTER * world.random()));
    this.keys.set(name, { inRow, untilMs: world.clock.now + pauseMs, reason });
    return pauseMs;
  }

  /** A source is back: whatever failed may be asked for again. */
  clear(): void {
    this.keys.clear();
  }

  succeeded(name: string): void {
    if (this.keys.size > 0) this.keys.delete(name);
  }
}
