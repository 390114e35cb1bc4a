import { type Bytes, latin1Of } from '../base/bytes';
import type { CauseGiven, Causes } from './causes';

/** Dependents of one change that are remembered with their path; the others only know what changed. */
const PATHS_MAX = 256;

/** Why the dependents of one source die: each by the path on which the change came, as long as there are not too many. */
export class Paths {
  private readonly vias = new Map<string, string>();
  private readonly source: string;
  private shared = 0;

  constructor(
    private readonly causes: Causes,
    source: Bytes,
    private readonly by: Omit<CauseGiven, 'kind'>,
  ) {
    this.source = latin1Of(source);
  }

  /** The change reached a key through the one before it: to be told of every key on the way. */
  reached(key: Bytes, via: Bytes): void {
    if (this.vias.size < PATHS_MAX) this.vias.set(latin1Of(key), latin1Of(via));
  }

  /** Number of the cause of which the key dies. */
  causeOf(key: Bytes): number {
    const { causes, by, source } = this;
    let via = this.vias.get(latin1Of(key));
    if (via === undefined) {
      this.shared ||= causes.add({ kind: 'dependency', path: [source], ...by });
      return this.shared;
    }
    const path: string[] = [];
    for (; via !== undefined && path.length < PATHS_MAX && via !== source; via = this.vias.get(via)) path.unshift(via);
    return causes.add({ kind: 'dependency', path: [source, ...path], ...by });
  }
}
