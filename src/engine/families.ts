/**
 * Key templates as the engine sees them: what the configuration says about the family a key belongs to. Keys and tags are
 * latin1 strings.
 */
export interface Family {
  /** The template's pattern: its name in statistics. */
  readonly name: string;
  /** Tags that every entry of this key carries. */
  readonly tags: readonly string[];
  /** Keys that every value of this key is made from. */
  readonly dependsOn: readonly string[];
  /** For loaded values; 0: the default-ttl setting. */
  readonly ttlMs: number;
  /** Share of the TTL, 0 to 1, that is spread at random. */
  readonly jitter: number;
  /** How long a value is kept once it is stale; absent or 0: not at all. */
  readonly graceMs?: number;
  readonly onDisk: boolean;
  /** Rows with less to live are not written to disk. */
  readonly diskMinTtlMs: number;
  readonly diskMaxValueBytes: number;
  /** A plain SET is judged as a fill too. */
  readonly fence: boolean;
  readonly load: ((deadlineMs: number) => Promise<Loaded>) | null;
}

export type Loaded =
  | { kind: 'value'; value: Buffer; ttlMs?: number; tags?: readonly string[]; sources?: readonly string[] }
  | { kind: 'absent' }
  | { kind: 'failure'; reason: string };

export interface Families {
  /** False: no template is configured at all. */
  readonly any: boolean;
  match(key: string): Family | null;
}

export const NO_FAMILIES: Families = { any: false, match: () => null };
