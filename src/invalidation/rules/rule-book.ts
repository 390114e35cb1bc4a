import { Fault } from '../../base/fault';
import type { KeyPattern } from '../../base/patterns/key-pattern';
import { type CompiledRule, compileRule, patternsTried, type RuleSpec } from '../../base/patterns/tag-rule';
import { TemplateError, type TextEncoding } from '../../base/patterns/text-template';
import { type Context, type Expansion, type Firing, NOTHING, RuleCause } from './expansion';

/** Read each time, so that CONFIG SET takes effect at once. */
export interface RuleLimits {
  /** `rules-max`: rules at once. */
  readonly rulesMax: number;
  /** `rule-patterns-max`: patterns of a rule, and templates. */
  readonly patternsMax: number;
  /** `rule-tries-max`: patterns that one tag may have to be held against. */
  readonly triesMax: number;
  /** `rule-depth-max`: links of a chain of rules. */
  readonly depthMax: number;
  /** `rule-expansion-max`: tags that rules add to one invalidation. */
  readonly expansionTagsMax: number;
  /** Bytes of added tags, once for each pattern they are held against, in one invalidation; about 10 ms. */
  readonly matchedBytesMax: number;
  /** `tag-size-max`: no entry carries a longer tag, so none needs to be invalidated. */
  readonly tagBytesMax: number;
}

export const RULE_LIMITS: RuleLimits = {
  rulesMax: 1_000,
  patternsMax: 32,
  triesMax: 256,
  depthMax: 16,
  expansionTagsMax: 10_000,
  matchedBytesMax: 8 << 20,
  tagBytesMax: 4_096,
};

export type RuleSource = 'config' | 'command';

/** What a rule did since the counters began. */
export class RuleCounts {
  /** Times that a tag triggered it. */
  fired = 0;
  /** Live entries that carried a tag it invalidated, and died; one that several rules killed counts for each. */
  invalidated = 0;
  /** Templates left out: nothing filled a placeholder, or no entry can carry such a tag. */
  skipped = 0;
  /** Values it killed that came back as another value, and as the same: then it need not have killed. */
  changed = 0;
  unchanged = 0;
}

export interface Rule extends CompiledRule {
  /** Never used again for another rule. */
  readonly id: number;
  readonly source: RuleSource;
  readonly counts: RuleCounts;
}

interface Candidate {
  readonly rule: Rule;
  readonly pattern: KeyPattern;
}

/** A tag to be looked at, and how it came to be invalidated; null for those that were asked for. */
interface Trigger {
  readonly tag: string;
  readonly cause: RuleCause | null;
}

const NONE: readonly Candidate[] = [];

/**
 * The rules by name, and by the first segment of what triggers them: a tag that no rule asks for costs one look-up.
 * Patterns that begin with a placeholder are tried on every tag.
 */
export class RuleBook {
  private readonly rules = new Map<string, Rule>();
  private readonly byId = new Map<number, Rule>();
  private readonly byFirstSegment = new Map<string, Candidate[]>();
  private anyFirst: Candidate[] = [];
  private lastId = 0;

  constructor(private readonly limits: RuleLimits = RULE_LIMITS) {}

  get size(): number {
    return this.rules.size;
  }

  /** In the order they were added. */
  list(): Rule[] {
    return [...this.rules.values()];
  }

  get(name: string): Rule | undefined {
    return this.rules.get(name);
  }

  withId(id: number): Rule | undefined {
    return this.byId.get(id);
  }

  /**
   * A rule of that name is replaced, its counters begin anew. Throws Fault, naming the rule: it is wrong, there are too
   * many, or a command would replace one from the configuration.
   */
  add(spec: RuleSpec, source: RuleSource, encoding: TextEncoding = 'latin1'): Rule {
    const compiled = this.check(spec, source, encoding);
    const old = this.rules.get(spec.name);
    if (old !== undefined) this.drop(old);
    const rule: Rule = { ...compiled, id: ++this.lastId, source, counts: new RuleCounts() };
    this.rules.set(spec.name, rule);
    this.byId.set(rule.id, rule);
    for (const pattern of rule.patterns) this.index({ rule, pattern });
    return rule;
  }

  /** Throws what `add` would throw. */
  check(spec: RuleSpec, source: RuleSource, encoding: TextEncoding = 'latin1'): CompiledRule {
    const compiled = this.compile(spec, encoding);
    const old = this.rules.get(spec.name);
    if (old !== undefined) this.checkOwned(old, source);
    else if (this.rules.size >= this.limits.rulesMax)
      throw new Fault(`ERR rule '${spec.name}': there are ${this.rules.size} rules already (rules-max)`);
    const others = this.list().filter((rule) => rule !== old);
    const tries = patternsTried([...others, compiled]);
    if (tries > this.limits.triesMax)
      throw new Fault(`ERR rule '${spec.name}': a tag would be held against ${tries} patterns (rule-tries-max)`);
    return compiled;
  }

  /** Whether there was such a rule. Throws Fault if `source` may not delete it. */
  delete(name: string, source: RuleSource): boolean {
    const rule = this.rules.get(name);
    if (rule === undefined) return false;
    this.checkOwned(rule, source);
    this.drop(rule);
    return true;
  }

  /**
   * What rules add to an invalidation of `tags`, in breadth: nothing is changed or counted by asking. A rule's own word
   * says whether its tags die hard or soft, but of a soft invalidation (`softly`) nothing dies hard. Hard beats soft.
   */
  expand(tags: readonly string[], context: Context, softly = false): Expansion {
    if (this.rules.size === 0) return NOTHING;
    let firings = this.firingsOf(tags.map((tag) => ({ tag, cause: null })));
    if (firings.length === 0) return NOTHING;
    const expansion = new Expanding(this.limits, tags, context, softly);
    for (let depth = 1; firings.length > 0; depth++) {
      if (depth > this.limits.depthMax) {
        expansion.isDepthReached = true;
        break;
      }
      const next: Trigger[] = [];
      for (const firing of firings) if (!expansion.fire(firing, next)) return expansion;
      if (!expansion.affords(this.bytesToMatch(next))) return expansion;
      firings = this.firingsOf(next);
    }
    return expansion;
  }

  // --- inside ----------------------------------------------------------------------------------------------------------

  private compile(spec: RuleSpec, encoding: TextEncoding): CompiledRule {
    try {
      return compileRule(spec, this.limits.patternsMax, encoding);
    } catch (error) {
      throw error instanceof TemplateError ? new Fault(`ERR ${error.message}`) : error;
    }
  }

  private checkOwned(rule: Rule, source: RuleSource): void {
    if (rule.source === source) return;
    const whose = rule.source === 'config' ? 'is from the configuration: change it there' : 'was added by a client';
    throw new Fault(`ERR rule '${rule.spec.name}' ${whose}`);
  }

  private index(candidate: Candidate): void {
    const first = candidate.pattern.firstLiteral;
    if (first === undefined) this.anyFirst.push(candidate);
    else if (this.byFirstSegment.get(first)?.push(candidate) === undefined) this.byFirstSegment.set(first, [candidate]);
  }

  private drop(rule: Rule): void {
    this.rules.delete(rule.spec.name);
    this.byId.delete(rule.id);
    const isOther = (candidate: Candidate) => candidate.rule !== rule;
    this.anyFirst = this.anyFirst.filter(isOther);
    for (const { firstLiteral } of rule.patterns) {
      if (firstLiteral === undefined) continue;
      const left = (this.byFirstSegment.get(firstLiteral) ?? []).filter(isOther);
      if (left.length > 0) this.byFirstSegment.set(firstLiteral, left);
      else this.byFirstSegment.delete(firstLiteral);
    }
  }

  private candidatesOf(tag: string): readonly Candidate[] {
    const colon = tag.indexOf(':');
    return this.byFirstSegment.get(colon === -1 ? tag : tag.slice(0, colon)) ?? NONE;
  }

  private bytesToMatch(triggers: readonly Trigger[]): number {
    return triggers.reduce(
      (sum, { tag }) => sum + (this.candidatesOf(tag).length + this.anyFirst.length) * (tag.length + 1),
      0,
    );
  }

  /** Rules that these tags trigger, by priority; among equals in the order of the tags, then of the rules. */
  private firingsOf(triggers: readonly Trigger[]): Firing[] {
    const firings: Firing[] = [];
    for (const { tag, cause } of triggers) {
      const named = this.candidatesOf(tag);
      if (named.length + this.anyFirst.length === 0) continue;
      const ofTag = new Map<Rule, Firing>();
      for (const candidates of [named, this.anyFirst]) {
        for (const { rule, pattern } of candidates) {
          const taken = pattern.match(tag);
          if (taken === null) continue;
          const bound = new Map(pattern.names.map((name, i) => [name, taken[i]!]));
          const firing = ofTag.get(rule);
          if (firing === undefined)
            ofTag.set(rule, { rule, cause: new RuleCause(rule, tag, cause), bound: [bound], skipped: 0 });
          else firing.bound.push(bound);
        }
      }
      for (const firing of ofTag.values()) firings.push(firing);
    }
    return firings.sort((a, b) => b.rule.spec.priority - a.rule.spec.priority);
  }
}

/** An expansion under way. */
class Expanding implements Expansion {
  readonly hard = new Map<string, RuleCause>();
  readonly soft = new Map<string, RuleCause>();
  readonly fired: Firing[] = [];
  isDepthReached = false;
  isCut = false;
  private matchedBytes = 0;
  private readonly given: ReadonlySet<string>;

  constructor(
    private readonly limits: RuleLimits,
    tags: readonly string[],
    private readonly context: Context,
    private readonly softly: boolean,
  ) {
    this.given = new Set(tags);
  }

  /** Adds the tags of one rule; those not seen before are left in `next`. False once there are too many. */
  fire(firing: Firing, next: Trigger[]): boolean {
    this.fired.push(firing);
    for (const template of firing.rule.templates) {
      let isFilled = false;
      for (const bound of firing.bound) {
        const tag = template.fill(bound, this.context);
        if (tag === null || tag === '' || tag.length > this.limits.tagBytesMax) continue;
        isFilled = true;
        if (!this.add(tag, firing, next)) return false;
      }
      if (!isFilled) firing.skipped++;
    }
    return true;
  }

  /** Whether so many bytes more may be matched. */
  affords(bytes: number): boolean {
    this.matchedBytes += bytes;
    if (this.matchedBytes > this.limits.matchedBytesMax) this.isCut = true;
    return !this.isCut;
  }

  private add(tag: string, { rule, cause }: Firing, next: Trigger[]): boolean {
    const { hard, soft } = this;
    if (this.given.has(tag) || hard.has(tag)) return true;
    const isSoft = this.softly || rule.spec.soft;
    const isKnown = soft.has(tag);
    if (isKnown && isSoft) return true;
    if (!isKnown && hard.size + soft.size >= this.limits.expansionTagsMax) {
      this.isCut = true;
      return false;
    }
    soft.delete(tag);
    (isSoft ? soft : hard).set(tag, cause);
    if (!isKnown) next.push({ tag, cause });
    return true;
  }
}
