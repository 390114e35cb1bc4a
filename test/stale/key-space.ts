/**
 * The keys of the checker, what ties them together, and the configuration that tells the server so. Everything is fixed
 * before the first request, so that the checker knows exactly which keys a tag, a rule or the graph reaches.
 */
export type Kind =
  /** Filled by the server from the origin. */
  | 'load'
  /** The same, short-lived, with a grace: may be served stale after a soft invalidation. */
  | 'soft'
  /** Filled by the server, long-lived; stored by writers with a grace of their own (TAGSET ... GRACE). */
  | 'held'
  /** Filled by whoever wins a lease. */
  | 'lease'
  /** Filled by whoever missed, with TAGSET on the same connection. */
  | 'fill'
  /** Stored by the writer after the write: SET, tags from the template. */
  | 'put'
  /** The same with TAGSET. */
  | 'tput'
  /** What others are made from; stored by the writer, no tags. */
  | 'src'
  /** Filled by the server; the template says depends-on. */
  | 'made'
  /** TAGSET ... DEPS: bound to a source. */
  | 'bound'
  /** A chain of declared edges from a source. */
  | 'edge'
  /** Filled by the server; tags that rules lead to. */
  | 'item'
  | 'list'
  | 'page'
  | 'shop';

export interface KeySpec {
  readonly name: string;
  /** As clients say it: behind their prefix. */
  readonly key: string;
  readonly kind: Kind;
  /** All tags that its value carries, from the template or from TAGSET. */
  readonly tags: readonly string[];
  /** Index of the key that it is made from, or -1. */
  readonly source: number;
}

export const GRACE_MS = 1_000;
export const SOFT_TTL_MS = 2_000;
const TTL_MS = 600_000;
/** jitter of 10 %: no soft key lives shorter. */
export const SOFT_TTL_MS_MIN = SOFT_TTL_MS * 0.9;
const EDGES_PER_SOURCE = 3;
const SHOPS = 4;

export const GROUP_KINDS: readonly Kind[] = ['load', 'soft', 'held', 'lease', 'fill', 'put', 'tput'];
/** Served stale for their grace after a soft invalidation. */
export const GRACED_KINDS: ReadonlySet<Kind> = new Set(['soft', 'held']);
export const LOADED_KINDS: ReadonlySet<Kind> = new Set([
  'load',
  'soft',
  'held',
  'made',
  'edge',
  'item',
  'list',
  'page',
  'shop',
]);
/** Kinds whose keys a writer may store: their tags come from the template, or with TAGSET. */
export const STORED_KINDS: ReadonlySet<Kind> = new Set([
  'load',
  'held',
  'lease',
  'fill',
  'put',
  'tput',
  'src',
  'bound',
  'made',
]);

export interface Scale {
  /** Groups of keys of several kinds that share a tag. */
  groups: number;
  /** Keys of each kind in a group. */
  perGroup: number;
  sources: number;
  items: number;
}

export class KeySpace {
  readonly keys: KeySpec[] = [];
  private readonly byName = new Map<string, number>();
  private readonly byTag = new Map<string, number[]>();
  private readonly dependents = new Map<number, number[]>();

  constructor(
    readonly scale: Scale,
    readonly kinds: ReadonlySet<Kind>,
    /** What clients put before every key. */
    readonly prefix = '',
  ) {
    for (let group = 0; group < scale.groups; group++) {
      for (const kind of GROUP_KINDS) {
        for (let id = 0; id < scale.perGroup; id++) {
          const name = `${kind}:${group}:${id}`;
          this.add(name, kind, [`g:${group}`, name]);
        }
      }
    }
    for (let id = 0; id < scale.sources; id++) this.addSource(id);
    for (let id = 0; id < scale.items; id++) {
      for (const kind of ['item', 'list', 'page'] as const) this.add(`${kind}:${id}`, kind, [`${kind}:${id}`]);
    }
    for (let id = 0; id < SHOPS; id++) this.add(`shop:${id}`, 'shop', [`shop:${id}`]);
  }

  indexOf(name: string): number {
    return this.byName.get(name) ?? -1;
  }

  /** Indexes of the keys that carry the tag. */
  tagged(tag: string): readonly number[] {
    return this.byTag.get(tag) ?? [];
  }

  /** The key and all that is made from it, whatever the depth. */
  downFrom(key: number): number[] {
    const reached = [key];
    for (let at = 0; at < reached.length; at++) reached.push(...(this.dependents.get(reached[at]!) ?? []));
    return reached;
  }

  /** Declared edges: DEPADD of the first to the second. */
  get edges(): [key: string, source: string][] {
    const declared = this.keys.filter(({ kind }) => kind === 'edge');
    return declared.map(({ key, source }) => [key, this.keys[source]!.key]);
  }

  private addSource(id: number): void {
    const source = this.add(`src:${id}`, 'src', []);
    for (const kind of ['made', 'bound'] as const) {
      for (let n = 0; n < 2; n++) this.add(`${kind}:${id}:${n}`, kind, [`${kind}:${id}:${n}`], source);
    }
    let above = source;
    for (let n = 0; n < EDGES_PER_SOURCE && above >= 0; n++) above = this.add(`edge:${id}:${n}`, 'edge', [], above);
  }

  private add(name: string, kind: Kind, tags: string[], source = -1): number {
    if (!this.kinds.has(kind)) return -1;
    const index = this.keys.push({ name, key: this.prefix + name, kind, tags, source }) - 1;
    this.byName.set(name, index);
    for (const tag of tags) this.byTag.set(tag, [...this.tagged(tag), index]);
    if (source >= 0) this.dependents.set(source, [...(this.dependents.get(source) ?? []), index]);
    return index;
  }
}

/** larder.yaml for these keys. `origin` is a URL, `prefix` what clients put before every key. */
export function configOf(origin: string, prefix = ''): string {
  const load = 'load: { from: origin, path: "/{kind}" }';
  const loaded = (match: string, tags: string[], more = `ttl: ${TTL_MS}ms`) =>
    `  - { match: "${match}", ${more}, tags: ${JSON.stringify(tags)}, ${load.replace('{kind}', match)} }`;
  return [
    ...(prefix === '' ? [] : [`key-prefixes: ${JSON.stringify(prefix)}`]),
    'sources:',
    `  origin: { http: "${origin}", timeout: 2s, connections-max: 128 }`,
    'keys:',
    loaded('load:{g}:{id}', ['g:{g}', 'load:{g}:{id}']),
    loaded('soft:{g}:{id}', ['g:{g}', 'soft:{g}:{id}'], `ttl: ${SOFT_TTL_MS}ms, jitter: 10%, grace: ${GRACE_MS}ms`),
    loaded('held:{g}:{id}', ['g:{g}', 'held:{g}:{id}']),
    '  - { match: "put:{g}:{id}", tags: ["g:{g}", "put:{g}:{id}"] }',
    loaded('made:{s}:{id}', ['made:{s}:{id}'], `ttl: ${TTL_MS}ms, depends-on: ["src:{s}"]`),
    `  - { match: "edge:{s}:{id}", ttl: ${TTL_MS}ms, ${load.replace('{kind}', 'edge:{s}:{id}')} }`,
    ...['item', 'list', 'page', 'shop'].map((kind) => loaded(`${kind}:{id}`, [`${kind}:{id}`])),
    'writes:',
    '  order: { tags: ["item:{id}"] }',
    'rules:',
    '  - { name: item-list, on: ["item:{id}"], invalidate: ["list:{id}"] }',
    '  - { name: list-page, on: ["list:{id}"], invalidate: ["page:{id}"] }',
    '  - { name: item-shop, on: ["item:{id}"], invalidate: ["shop:{shop}"], context: [shop] }',
    '',
  ].join('\n');
}
