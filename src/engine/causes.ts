import type { Causer } from './api';

/** Causes remembered; a power of two. */
export const CAUSES_MAX = 1 << 14;
/** Characters kept of what clients say. */
const TEXT_CHARS_MAX = 256;
/** Keys kept of a dependency path: its first and its last. */
const PATH_KEYS_MAX = 32;

/**
 * `tag`: a tag it carried was invalidated. `key`: it was invalidated by name. `dependency`: something it was made from
 * changed. `rule`: a rule fired. `write`: a row of the origin was written. `delete`, `flush`: so a client said. `tagged`:
 * it was given a tag that was invalidated after its fill began.
 */
export type CauseKind = 'tag' | 'key' | 'rule' | 'dependency' | 'write' | 'delete' | 'flush' | 'tagged';

export interface Cause {
  kind: CauseKind;
  epoch: number;
  /** Wall clock ms. */
  atMs: number;
  tag?: string | undefined;
  rule?: string | undefined;
  /** From the source that changed to the key that this one hangs on, or of a rule, as in TagCause; latin1. */
  path?: readonly string[] | undefined;
  /** How the source of `path` changed. */
  through?: string | undefined;
  client?: string | undefined;
  reason?: string | undefined;
}

/** What an operation says of itself; `Causes` adds when. */
export type CauseGiven = Omit<Cause, 'atMs'>;

/** Why a tag was invalidated: it was named, a rule added it, or a row was written. */
export interface TagCause {
  readonly kind: 'tag' | 'rule' | 'write';
  readonly rule?: string;
  /** Of a rule: the tag that was asked for, then rule and tag in turn, to this rule. */
  readonly path?: readonly string[];
}

const PLAIN: TagCause = { kind: 'tag' };
const TAG_KINDS: ReadonlySet<CauseKind> = new Set(['tag', 'rule', 'write']);

/**
 * Why entries died, numbered from 1: one cause an invalidation and tag, not a key. The newest CAUSES_MAX are remembered, in
 * a ring; who asks for an older one is told nothing.
 */
export class Causes {
  private readonly ring: (Cause | undefined)[] = new Array(CAUSES_MAX);
  /** The newest cause of each tag, as long as it is remembered. */
  private readonly byTag = new Map<string, number>();
  private last = 0;

  constructor(private readonly wallMs: () => number) {}

  /** Number of the newest, 0 if there is none. */
  get newest(): number {
    return this.last;
  }

  add(given: CauseGiven): number {
    const cause = { ...given, atMs: this.wallMs() };
    if (cause.reason !== undefined) cause.reason = cause.reason.slice(0, TEXT_CHARS_MAX);
    if (cause.client !== undefined) cause.client = cause.client.slice(0, TEXT_CHARS_MAX);
    if (cause.path !== undefined) cause.path = shortened(cause.path);
    return this.put(++this.last, cause);
  }

  /** One for each tag, with consecutive numbers; the first of them. `of` says what became of the tag. */
  addTags(
    tags: readonly string[],
    epoch: number,
    by: Causer = {},
    of: (tag: string) => TagCause = () => PLAIN,
  ): number {
    const first = this.last + 1;
    for (const tag of tags) this.add({ ...of(tag), tag, epoch, ...by });
    return first;
  }

  get(number: number): Cause | undefined {
    const isKnown = number > 0 && number <= this.last && number > this.last - CAUSES_MAX;
    return isKnown ? this.ring[number & (CAUSES_MAX - 1)] : undefined;
  }

  /** The newest cause, since an epoch, that one of the tags is remembered by; 0 if there is none. */
  ofTags(tags: readonly string[], sinceEpoch: number): number {
    let newest = 0;
    for (const tag of tags) {
      const number = this.byTag.get(tag) ?? 0;
      if (number > newest && (this.get(number)?.epoch ?? 0) > sinceEpoch) newest = number;
    }
    return newest;
  }

  /** As it was saved by an earlier run. */
  restore(number: number, cause: Cause): void {
    this.last = Math.max(this.last, number);
    if (number > this.last - CAUSES_MAX) this.put(number, cause);
  }

  private put(number: number, cause: Cause): number {
    const place = number & (CAUSES_MAX - 1);
    const old = this.ring[place];
    if (old?.tag !== undefined && this.byTag.get(old.tag) === number - CAUSES_MAX) this.byTag.delete(old.tag);
    this.ring[place] = cause;
    if (TAG_KINDS.has(cause.kind) && cause.tag !== undefined) this.byTag.set(cause.tag, number);
    return number;
  }
}

function shortened(path: readonly string[]): readonly string[] {
  if (path.length <= PATH_KEYS_MAX) return path;
  const half = PATH_KEYS_MAX / 2;
  return [...path.slice(0, half), '...', ...path.slice(path.length - half)];
}
