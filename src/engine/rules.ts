import { type Bytes, Span } from '../base/bytes';
import { Fault } from '../base/fault';
import type { RuleSpec } from '../base/patterns/tag-rule';
import { type Context, type Expansion, NOTHING, type RuleCause } from '../invalidation/rules/expansion';
import { RuleBook, RuleCounts } from '../invalidation/rules/rule-book';
import { Writes } from '../invalidation/rules/writes';
import type { RuleInfo } from './api';
import { Comebacks } from './comebacks';
import type { Core } from './core';
import { NO_RULE_STORE, type RuleStore, savedRule, saveRule } from './rule-store';

/** Values looked at in one invalidation, to see whether they come back unchanged; more is not needed for a share. */
const LOOKED_AT_MAX = 256;
const LOOKED_AT_BYTES_MAX = 256 * 1024;
/** A warning about rules that were cut short, at most once in this time. */
const WARN_MS = 60_000;

export interface RulesParts {
  readonly book: RuleBook;
  readonly writes: Writes;
}

/** Rules at work: what they add to an invalidation, what they are told to be, and whether their kills were needed. */
export class Rules {
  readonly book: RuleBook;
  private readonly writes: Writes;
  private readonly comebacks: Comebacks;
  private store: RuleStore = NO_RULE_STORE;
  private quietUntilMs = 0;
  private readonly key = new Span(Buffer.alloc(0));
  private readonly value = new Span(Buffer.alloc(0));
  /** Invalidations that ended before their rules did. */
  depthReached = 0;
  cut = 0;

  constructor(
    private readonly core: Core,
    parts: RulesParts | undefined,
    seed: number,
  ) {
    this.book = parts?.book ?? new RuleBook();
    this.writes = parts?.writes ?? new Writes();
    this.comebacks = new Comebacks(seed);
  }

  // --- what rules add --------------------------------------------------------------------------------------------------

  /** The tags that a written row makes wrong, before any rule. */
  tagsOfWrite(type: string, id: string | undefined, context: Context): string[] {
    return this.writes.tagsOf(type, id, context);
  }

  /** What rules add to an invalidation of `tags`; asking changes nothing. */
  expand(tags: readonly string[], context: Context, softly = false): Expansion {
    return this.book.expand(tags, context, softly);
  }

  /** It is going to happen: called before anything dies. */
  fire(expansion: Expansion): void {
    if (expansion === NOTHING) return;
    for (const { rule, skipped } of expansion.fired) {
      rule.counts.fired++;
      rule.counts.skipped += skipped;
    }
    this.lookAt(expansion);
    if (expansion.isDepthReached) this.depthReached++;
    if (expansion.isCut) this.cut++;
    if (expansion.isDepthReached || expansion.isCut) this.warn(expansion);
  }

  private lookAt({ hard, soft }: Expansion): void {
    const budget = { values: LOOKED_AT_MAX, bytes: LOOKED_AT_BYTES_MAX };
    for (const killed of [hard, soft]) {
      for (const [tag, cause] of killed) {
        const live = this.core.tags.live(tag);
        cause.rule.counts.invalidated += live;
        if (live > 0 && budget.values > 0) this.rememberMembers(tag, cause, budget);
      }
    }
  }

  /** What carries the tag that was asked for would have died without the rule, and says nothing about it. */
  private rememberMembers(tag: string, cause: RuleCause, budget: { values: number; bytes: number }): void {
    const { core, key, value } = this;
    const { memory } = core;
    const asked = cause.asked;
    core.tags.members(tag, (slot) => {
      if (!core.isLive(slot) || !core.isResident(slot) || core.tags.has(core.memberOf(slot), asked)) return true;
      memory.view(slot, value);
      budget.bytes -= value.end - value.start;
      if (budget.bytes < 0 || --budget.values < 0) return false;
      this.comebacks.remember(memory.dbOf(slot), memory.keyView(slot, key), value, cause.rule.id);
      return true;
    });
  }

  private warn(expansion: Expansion): void {
    const { clock, log } = this.core.world;
    if (clock.now < this.quietUntilMs) return;
    this.quietUntilMs = clock.now + WARN_MS;
    const last: RuleCause | undefined = expansion.fired.at(-1)?.cause;
    const limit = expansion.isCut ? 'rule-expansion-max' : 'rule-depth-max';
    log.warn({ limit, path: last?.path }, 'rules were cut short: what they had found was invalidated');
  }

  // --- whether it was needed -------------------------------------------------------------------------------------------

  /** Somebody killed by a rule may be stored again: ask `stored`. */
  get isWatching(): boolean {
    return this.comebacks.remembered > 0;
  }

  /** `db` is physical. */
  stored(db: number, key: Bytes, value: Bytes): void {
    const found = this.comebacks.take(db, key, value);
    const counts = found === 0 ? undefined : this.book.withId(Math.abs(found))?.counts;
    if (counts === undefined) return;
    if (found < 0) counts.unchanged++;
    else counts.changed++;
  }

  // --- what they are told to be ----------------------------------------------------------------------------------------

  /** Throws Fault. Durable with the turn's commit, where there is a disk layer. */
  add(spec: RuleSpec): void {
    this.book.check(spec, 'command');
    if (!this.store.save(spec.name, saveRule(spec)))
      throw new Fault(`ERR rule '${spec.name}': the disk layer has no room for its note (notes-max)`);
    this.book.add(spec, 'command');
  }

  /** Whether there was such a rule; throws Fault for one from the configuration. */
  delete(name: string): boolean {
    if (!this.book.delete(name, 'command')) return false;
    this.store.delete(name);
    return true;
  }

  list(): RuleInfo[] {
    return this.book
      .list()
      .map(({ spec, contextNames, source, counts }) => ({ ...spec, contextNames, source, ...counts }));
  }

  /** Takes over what clients added in earlier runs. The configuration wins over a rule of the same name. */
  async open(store: RuleStore): Promise<void> {
    this.store = store;
    const { log } = this.core.world;
    for (const [name, bytes] of await store.load()) {
      try {
        this.book.add(savedRule(bytes), 'command');
      } catch (refused) {
        log.warn(
          { rule: name, reason: refused instanceof Fault ? refused.reply : (refused as Error).message },
          'a saved rule was dropped',
        );
        store.delete(name);
      }
    }
  }

  /** A new, empty file. */
  saveAll(): void {
    for (const { spec, source } of this.book.list())
      if (source === 'command') this.store.save(spec.name, saveRule(spec));
  }

  // --- figures -----------------------------------------------------------------------------------------------------------

  stats() {
    const total = new RuleCounts();
    for (const { counts } of this.book.list()) {
      for (const name of Object.keys(total) as (keyof RuleCounts)[]) total[name] += counts[name];
    }
    total.skipped += this.writes.skipped;
    const { depthReached, cut, comebacks } = this;
    return { rules: this.book.size, ...total, depthReached, cut, bytesUsed: comebacks.bytesUsed };
  }

  reset(): void {
    for (const { counts } of this.book.list()) Object.assign(counts, new RuleCounts());
    this.writes.skipped = 0;
    this.depthReached = 0;
    this.cut = 0;
  }
}
