import type { Bytes } from '../../base/bytes';
import { type Expansion, NO_CONTEXT, NOTHING } from '../../invalidation/rules/expansion';
import type { InvalidateRequest } from '../api';
import type { Rules } from '../rules';

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
  readonly expansion: Expansion;
}

const NO_KEYS: readonly Bytes[] = [];

export function planOf(request: InvalidateRequest, physical: number, rules: Rules): Plan {
  const { write, soft = false, keys = NO_KEYS } = request;
  const context = write?.context ?? NO_CONTEXT;
  const given = new Set(request.tags);
  if (write !== undefined) {
    for (const tag of rules.tagsOfWrite(write.type, write.id, context)) given.add(tag);
  }
  const tags = [...given];
  const expansion = tags.length === 0 ? NOTHING : rules.expand(tags, context, soft);
  const hard = new Set(soft ? [] : tags);
  for (const tag of expansion.hard.keys()) hard.add(tag);
  const softened = new Set(soft ? tags : []);
  for (const tag of expansion.soft.keys()) softened.add(tag);
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
