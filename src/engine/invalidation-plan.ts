import type { Bytes } from '../base/bytes';
import type { InvalidateRequest } from './api';

/** What rules add to an invalidation, and what a written row means; the engine asks, and knows no rule. */
export interface RulesPart {
  /** Asking changes nothing. Maps are from tag to cause. */
  expand(tags: readonly string[], context: ReadonlyMap<string, string>, softly: boolean): Expansion;
  /** It is going to happen. */
  fire(expansion: Expansion): void;
  tagsOfWrite(type: string, id: string | undefined, context: ReadonlyMap<string, string>): readonly string[];
}

export interface Expansion {
  readonly hard: ReadonlyMap<string, unknown>;
  readonly soft: ReadonlyMap<string, unknown>;
  readonly fired: readonly { readonly rule: { readonly spec: { readonly name: string } } }[];
}

/** A request, resolved: which tags die, which become stale. A tag that does both dies. */
export interface Plan {
  readonly hard: readonly string[];
  readonly soft: readonly string[];
  readonly keys: readonly Bytes[];
  /** Physical database of the keys. */
  readonly db: number;
  /** What becomes of the keys. */
  readonly softly: boolean;
  readonly cascades: boolean;
  readonly staggerMs: number;
  readonly expansion: Expansion | null;
}

const NO_KEYS: readonly Bytes[] = [];
const NO_CONTEXT: ReadonlyMap<string, string> = new Map();

export function planOf(request: InvalidateRequest, physical: number, rules: RulesPart | null): Plan {
  const { write, soft = false, keys = NO_KEYS } = request;
  const context = write?.context ?? NO_CONTEXT;
  const given = new Set(request.tags);
  if (write !== undefined) {
    for (const tag of rules?.tagsOfWrite(write.type, write.id, context) ?? [tagOfRow(write.type, write.id)])
      given.add(tag);
  }
  const tags = [...given];
  const expansion = rules === null || tags.length === 0 ? null : rules.expand(tags, context, soft);
  const hard = new Set(soft ? [] : tags);
  for (const tag of expansion?.hard.keys() ?? []) hard.add(tag);
  const softened = new Set(soft ? tags : []);
  for (const tag of expansion?.soft.keys() ?? []) softened.add(tag);
  for (const tag of hard) softened.delete(tag);
  return {
    hard: [...hard],
    soft: [...softened],
    keys,
    db: physical,
    softly: soft,
    cascades: request.noCascade !== true,
    staggerMs: request.staggerMs ?? 0,
    expansion,
  };
}

/** The tag of a row for which the configuration names none. */
function tagOfRow(type: string, id: string | undefined): string {
  return id === undefined ? type : `${type}:${id}`;
}
