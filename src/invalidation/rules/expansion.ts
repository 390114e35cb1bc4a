import type { Rule } from './rule-book';

/** Fields that came with a write, by name: they fill placeholders that no pattern binds. Latin1. */
export type Context = ReadonlyMap<string, string>;

export const NO_CONTEXT: Context = new Map();

/** Why a rule invalidated a tag. */
export class RuleCause {
  constructor(
    readonly rule: Rule,
    /** The tag that triggered it. */
    readonly trigger: string,
    /** Why that tag was invalidated; null: it was asked for. */
    readonly via: RuleCause | null,
  ) {}

  /** The tag that was asked for, where the chain began. */
  get asked(): string {
    return this.via === null ? this.trigger : this.via.asked;
  }

  /** The tag that was asked for, then rule and tag in turn, to the rule that this is the cause by. */
  get path(): string[] {
    return [...(this.via?.path ?? []), this.trigger, this.rule.spec.name];
  }
}

/** One rule triggered by one tag. */
export interface Firing {
  readonly rule: Rule;
  readonly cause: RuleCause;
  /** What the placeholders took, once for each of its patterns that matched. */
  readonly bound: ReadonlyMap<string, string>[];
  /** Templates left out. */
  skipped: number;
}

/** What rules add to an invalidation. A tag that was asked for is in neither map; one in `hard` is not in `soft`. */
export interface Expansion {
  readonly hard: ReadonlyMap<string, RuleCause>;
  readonly soft: ReadonlyMap<string, RuleCause>;
  /** In the order they fired. */
  readonly fired: readonly Firing[];
  /** A chain was longer than rule-depth-max: its end is missing. */
  readonly isDepthReached: boolean;
  /** More tags than rule-expansion-max, or too much to match: the rest is missing. */
  readonly isCut: boolean;
}

/** What to remember of a tag's death, if a rule added it. */
export function causeIn({ hard, soft }: Expansion, tag: string): { kind: 'rule'; rule: string; path: string[] } | null {
  const cause = hard.get(tag) ?? soft.get(tag);
  return cause === undefined ? null : { kind: 'rule', rule: cause.rule.spec.name, path: cause.path };
}

export const NOTHING: Expansion = {
  hard: new Map(),
  soft: new Map(),
  fired: [],
  isDepthReached: false,
  isCut: false,
};
