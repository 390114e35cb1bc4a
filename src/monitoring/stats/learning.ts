import { type Fields, fields } from '../fields';

/** What learning says of itself; warming's `Learning` does. */
export interface LearningFacts {
  readonly isOn: boolean;
  readonly facts: {
    readonly uses: number;
    readonly keys: number;
    readonly hourKeys: number;
    readonly users: number;
    readonly templates: number;
    readonly sizeBytes: number;
    readonly walks: number;
    readonly walkTookMs: number;
    readonly restored: number;
    readonly saves: number;
    readonly saveFailures: number;
    readonly fileBytes: number;
    readonly afterStart: number;
    readonly afterInvalidation: number;
    readonly beforeHour: number;
    readonly expiring: number;
  };
  /** Counts begin anew. */
  reset(): void;
}

/** The `learning` part of STATS warm; what became of the keys is in the counts of the origins there. */
export function learningFields({ isOn, facts }: LearningFacts): Fields {
  return fields({
    on: isOn ? 1 : 0,
    uses: facts.uses,
    keys: facts.keys,
    hour_keys: facts.hourKeys,
    users: facts.users,
    templates: facts.templates,
    bytes: facts.sizeBytes,
    walks: facts.walks,
    walk_ms: facts.walkTookMs,
    restored: facts.restored,
    saves: facts.saves,
    save_failures: facts.saveFailures,
    file_bytes: facts.fileBytes,
    offered_after_start: facts.afterStart,
    offered_after_invalidation: facts.afterInvalidation,
    offered_before_hour: facts.beforeHour,
    offered_expiring: facts.expiring,
  });
}
