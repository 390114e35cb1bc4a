/** Limits of the indexes; a Fault that is thrown for one of them names it as it is named in the configuration. */
export interface TagLimits {
  /** `tag-size-max`: bytes of one tag's name. */
  tagBytesMax: number;
  /** `tags-per-entry-max`: tags one entry may carry. */
  tagsPerEntryMax: number;
  /** `tags-max`: tag records, with those kept only for their epoch. */
  tagsMax: number;
  /** `idle-tags-max`: tags that no entry carries, kept for the epoch of their invalidation. */
  idleTagsMax: number;
  /** Links visited inside one `invalidate` before the rest is left to `settle`; 1,000 take about 0.4 ms. */
  settleAtOnceLinks: number;
}

export const TAG_LIMITS: TagLimits = {
  tagBytesMax: 4_096,
  tagsPerEntryMax: 1_000,
  tagsMax: 4_000_000,
  idleTagsMax: 100_000,
  settleAtOnceLinks: 1_000,
};

export interface GraphLimits {
  /** `dependency-edges-max`: edges, declared and bound. */
  edgesMax: number;
  /** `dependency-key-bytes-max`: bytes of a key that takes part. */
  keyBytesMax: number;
  /** `dependency-visits-max`: edges that one cycle check may follow; 20,000 take less than 10 ms. */
  visitsMax: number;
}

export const GRAPH_LIMITS: GraphLimits = {
  edgesMax: 1_000_000,
  keyBytesMax: 65_536,
  visitsMax: 20_000,
};
