import type { Bytes } from '../../base/bytes';
import { causeIn } from '../../invalidation/rules/expansion';
import type { Causer, InvalidateRequest } from '../api';
import type { Cascading } from '../cascading';
import type { CauseKind } from '../causes';
import type { Core } from '../core';
import type { Housekeeping } from '../housekeeping';
import { Paths } from '../paths';
import type { Outcome } from './outcome';
import type { Plan } from './plan';
import { carriersWithNode, NO_SOURCES, type Source } from './sources';
import { kill, soften } from './strikes';
import type { Tally } from './tally';

/** Members of a tag that become stale at once; of more each is judged when it is looked at, until slices came to it. */
const SOFTENED_AT_ONCE_MAX = 512;

/** Why keys die, where it is not simply that a client named them. */
export interface Why {
  kind: CauseKind;
  tag?: string | undefined;
}

const BY_KEY: Why = { kind: 'key' };

/** Who wants an account of what is struck. */
export interface Tallies {
  /** Of keys and dependents, one by one. */
  others: Tally | null;
  /** Of the dead that carry the tags, as they leave; then to be ended with `doneCounting`. */
  leaving: Tally | null;
}

const NO_TALLIES: Tallies = { others: null, leaving: null };

type Strike = (db: number, key: Bytes, causeOf: () => number) => boolean;

/**
 * Carries a plan out. Order of effects: new epoch, visible in memory, in the journal, loads overtaken; memory and disk rows
 * are reclaimed afterwards in slices. All that is invalidated together shares one epoch.
 */
export class Acting {
  /** Counts of dead that somebody waits for, by the numbers of their causes. */
  private readonly ledgers = new Map<number, Tally>();

  constructor(
    private readonly core: Core,
    private readonly housekeeping: Housekeeping,
    private readonly cascading: Cascading,
  ) {
    core.leaving = (slot) => {
      if (this.ledgers.size > 0) this.ledgers.get(core.tags.causeOf(core.memberOf(slot)))?.add(core, slot);
    };
  }

  act(plan: Plan, request: InvalidateRequest, tallies = NO_TALLIES, why = BY_KEY): Outcome | Promise<Outcome> {
    const { core } = this;
    const { hard, soft, db, keys, softly } = plan;
    core.rules.fire(plan.expansion);
    const cascades = plan.cascades && !core.graph.isEmpty;
    const hardSources = cascades ? carriersWithNode(core, hard) : NO_SOURCES;
    const softSources = cascades ? carriersWithNode(core, soft) : NO_SOURCES;
    const outcome = this.strikeTags(plan, request, tallies.leaving);
    const { epoch } = outcome;
    const by: Causer = { client: request.client, reason: request.reason };
    const strikeSoftly: Strike = (of, key, cause) => soften(core, of, key, plan, tallies.others, outcome, cause);
    const strike: Strike = (of, key, cause) => kill(core, of, key, tallies.others, cause);
    let own = 0;
    const ownCause = () => {
      own ||= core.causes.add({ ...why, epoch, ...by });
      return own;
    };
    for (const key of keys) {
      if (softly ? strikeSoftly(db, key, ownCause) : strike(db, key, ownCause)) outcome.struckKeys++;
    }
    if (!cascades) return this.whenCounted(outcome);
    const named = keys.map((key): Source => ({ db, key, tag: why.tag }));
    const waits: Promise<void>[] = [];
    const cascade = (source: Source, through: string, hit: Strike) => {
      const paths = new Paths(core.causes, source.key, { epoch, through, tag: source.tag, ...by });
      const waiting = this.cascading.from(source.db, [source.key], epoch, (of, key, via) => {
        paths.reached(key, via);
        if (hit(of, key, () => paths.causeOf(key))) outcome.cascaded++;
      });
      if (waiting instanceof Promise) waits.push(waiting);
    };
    for (const source of hardSources) cascade(source, 'tag', strike);
    if (!softly) for (const source of named) cascade(source, why.kind, strike);
    for (const source of softSources) cascade(source, 'tag', strikeSoftly);
    if (softly) for (const source of named) cascade(source, why.kind, strikeSoftly);
    return waits.length === 0 ? this.whenCounted(outcome) : Promise.all(waits).then(() => this.whenCounted(outcome));
  }

  /** No more of what died by it is counted as it leaves. */
  doneCounting(outcome: Outcome): void {
    for (const cause of outcome.causes) this.ledgers.delete(cause);
  }

  private strikeTags(plan: Plan, request: InvalidateRequest, leaving: Tally | null): Outcome {
    const { core } = this;
    const { hard, soft, staggerMs } = plan;
    if (core.noticing !== null && hard.length + soft.length > 0) core.noticing.striking([...hard, ...soft]);
    const epoch = core.epochs.batch();
    const atMs = core.now;
    const causes: number[] = [];
    const causeOf = (tags: readonly string[]) => this.causeOf(tags, plan, request, epoch, leaving, causes);
    const killed = hard.length === 0 ? null : core.tags.invalidate(hard, epoch, causeOf(hard));
    const spared =
      soft.length === 0 ? null : core.tags.invalidateSoftly(soft, epoch, { atMs, staggerMs }, causeOf(soft));
    for (const tag of hard) core.disk?.tag(tag, epoch);
    for (const tag of soft) core.disk?.tagSoft(tag, epoch, atMs, staggerMs);
    const outcome: Outcome = {
      epoch,
      atMs,
      causes,
      died: () => (killed?.died ?? 0) + (spared?.died ?? 0),
      exactAtOnce: (killed?.exact ?? true) && (spared?.exact ?? true),
      softCarriers: soft.length === 0 ? 0 : this.softenCarriers(soft, epoch, atMs, staggerMs),
      struckKeys: 0,
      cascaded: 0,
      softened: 0,
      softenedSlots: new Set(),
    };
    if (hard.length + soft.length > 0) this.housekeeping.wake();
    return outcome;
  }

  /** Number of the first tag's cause; the others have the following ones. */
  private causeOf(
    tags: readonly string[],
    plan: Plan,
    { client, reason, write }: InvalidateRequest,
    epoch: number,
    leaving: Tally | null,
    causes: number[],
  ): number {
    const kind = write === undefined ? 'tag' : 'write';
    const by: Causer = { client, reason };
    const first = this.core.causes.addTags(tags, epoch, by, (tag) => causeIn(plan.expansion, tag) ?? { kind });
    if (leaving === null) return first;
    for (let nth = 0; nth < tags.length; nth++) {
      causes.push(first + nth);
      this.ledgers.set(first + nth, leaving);
    }
    return first;
  }

  /** How many; of several tags with many carriers at most so many. */
  private softenCarriers(tags: readonly string[], epoch: number, atMs: number, staggerMs: number): number {
    const { tags: index, graces } = this.core;
    const seen = new Set<number>();
    let later = 0;
    for (const tag of tags) {
      const count = index.liveSpared(tag);
      if (count > SOFTENED_AT_ONCE_MAX) {
        graces.softenLater(tag, epoch, atMs, staggerMs);
        later += count;
      } else if (count > 0) {
        index.sparedMembers(tag, (slot) => {
          seen.add(slot);
          graces.soften(slot, atMs, staggerMs);
        });
      }
    }
    return seen.size + later;
  }

  private whenCounted(outcome: Outcome): Outcome | Promise<Outcome> {
    return outcome.exactAtOnce ? outcome : (this.housekeeping.whenExact()?.then(() => outcome) ?? outcome);
  }
}
