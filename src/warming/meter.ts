import { latin1Of } from '../base/bytes';
import type { QuietOutcome } from '../engine/quiet-loads';
import { WarmCounts } from './counts';
import type { WarmHouse } from './house';
import { WARM_ORIGINS, type WarmItem, type WarmOffer, type WarmOrigin } from './queue';
import { Watched } from './watched';

/** What warming comes to, by who wanted it. */
export class Meter {
  readonly byOrigin = new Map<WarmOrigin, WarmCounts>(WARM_ORIGINS.map((origin) => [origin, new WarmCounts()]));
  readonly watched: Watched;

  constructor(
    house: WarmHouse,
    private readonly countsOf: (task: string) => WarmCounts | undefined,
  ) {
    this.watched = new Watched(house);
  }

  queued(offer: WarmOffer): void {
    for (const counts of this.of(offer)) counts.queued++;
  }

  begins(item: WarmItem): void {
    this.watched.look(item.name);
  }

  ended({ name, offer }: WarmItem, outcome: QuietOutcome, tookMs: number): void {
    const all = this.of(offer);
    for (const counts of all) counts.ended(outcome, tookMs);
    if (outcome === 'loaded' || outcome === 'unchanged') this.watched.warmed(name, offer.db, latin1Of(offer.key), all);
  }

  reset(): void {
    for (const counts of this.byOrigin.values()) counts.reset();
  }

  private of({ origin, task }: WarmOffer): WarmCounts[] {
    const own = task === undefined ? undefined : this.countsOf(task);
    const counts = this.byOrigin.get(origin)!;
    return own === undefined ? [counts] : [counts, own];
  }
}
