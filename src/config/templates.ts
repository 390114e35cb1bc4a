import { LRUCache } from 'lru-cache';
import { KeyPattern } from '../base/patterns/key-pattern';
import { refuseUnknown, TemplateError, TextTemplate } from '../base/patterns/text-template';
import { compileLoad, type Load } from './load-section';
import { type Refreshing, refreshingOf } from './refreshing';
import type { KeySection, Sections } from './sections';
import type { SourceConfig } from './source-section';

/** Few enough to stay in the processor's cache; a hot key is then found several times faster than by matching. */
const CACHED_MATCHES_MAX = 4096;
/** Longer keys are matched anew, so the cache holds 1 MB of keys at most. */
const CACHED_KEY_LENGTH_MAX = 256;

/** Placeholders by name, latin1. */
export type Params = ReadonlyMap<string, string>;

/** One line of `keys`, ready for use. Times are milliseconds, sizes bytes; undefined: the setting of that name holds. */
export interface KeyTemplate extends Refreshing {
  /** Its place in the file, from 0. */
  readonly index: number;
  /** As written; also its label in metrics. */
  readonly match: string;
  readonly ttlMs: number | undefined;
  /** Share of the ttl by which it is spread, 0 to 1. */
  readonly jitter: number;
  readonly graceMs: number;
  readonly negativeTtlMs: number | undefined;
  readonly layers: { readonly memory: boolean; readonly disk: boolean };
  readonly fence: boolean;
  readonly diskMinTtlMs: number | undefined;
  readonly diskMaxValueSize: number | undefined;
  readonly load: Load | undefined;
  /** Of `match`, in its order. */
  readonly placeholders: readonly string[];
  /** The placeholder that names a user, if there is one. */
  readonly userPlaceholder: string | undefined;
  /** The key of these params, latin1; null if they are not all there, or would be read otherwise. */
  keyOf(params: Params): string | null;
  /** Tags of the key with these params, latin1. */
  tags(params: Params): string[];
  /** Keys it is made from, latin1. */
  dependsOn(params: Params): string[];
}

export interface KeyMatch {
  readonly template: KeyTemplate;
  readonly params: Params;
  /** What a client put before the key, one of key-prefixes; '' mostly. Keys that the template names get it too. */
  readonly prefix: string;
}

interface Candidate {
  pattern: KeyPattern;
  template: KeyTemplate;
}

/**
 * Finds the template of a key: the first in the file's order that matches. One of `prefixes` is taken off before, the
 * longest that fits; where nothing matches what is left, the whole key is tried.
 */
export class KeyTemplates {
  /** By the first segment, where that is all literal, with those that start with a placeholder mixed in by order. */
  private readonly byFirstSegment = new Map<string, Candidate[]>();
  private readonly others: Candidate[];
  private readonly cache = new LRUCache<string, KeyMatch>({ max: CACHED_MATCHES_MAX });

  private readonly prefixes: readonly string[];

  constructor(
    private readonly candidates: readonly Candidate[],
    prefixes: readonly string[] = [],
  ) {
    this.prefixes = prefixes.map(latin1OfText).sort((a, b) => b.length - a.length);
    const firsts = new Set(candidates.map(({ pattern }) => pattern.firstLiteral));
    const under = (first: string | undefined) =>
      candidates.filter(({ pattern }) => pattern.firstLiteral === undefined || pattern.firstLiteral === first);
    for (const first of firsts) if (first !== undefined) this.byFirstSegment.set(first, under(first));
    this.others = under(undefined);
  }

  get list(): readonly KeyTemplate[] {
    return this.candidates.map(({ template }) => template);
  }

  /** 0: no key has a template, and nobody needs to ask. */
  get size(): number {
    return this.candidates.length;
  }

  /** `key` is latin1. The result is shared and may not be changed. */
  match(key: string): KeyMatch | null {
    if (key.length > CACHED_KEY_LENGTH_MAX) return this.find(key);
    const cached = this.cache.get(key);
    if (cached !== undefined) return cached;
    const match = this.find(key);
    // That a key has no template is found faster than it is remembered.
    if (match !== null) this.cache.set(key, match);
    return match;
  }

  /** As `match`, without remembering it: for walks over many keys, which would push out those that are asked for. */
  find(key: string): KeyMatch | null {
    const prefix = this.prefixes.find((each) => key.startsWith(each));
    const behind = prefix === undefined ? null : this.findPlain(key.slice(prefix.length), prefix);
    return behind ?? this.findPlain(key, '');
  }

  private findPlain(key: string, prefix: string): KeyMatch | null {
    const colon = key.indexOf(':');
    const first = colon === -1 ? key : key.slice(0, colon);
    for (const { pattern, template } of this.byFirstSegment.get(first) ?? this.others) {
      const taken = pattern.match(key);
      if (taken === null) continue;
      const params = new Map<string, string>();
      for (let i = 0; i < taken.length; i++) params.set(pattern.names[i]!, taken[i]!);
      return { template, params, prefix };
    }
    return null;
  }
}

/** What templates stand in: the sources they may name, what clients put before keys, the folder of their files. */
export interface TemplateContext {
  sources?: ReadonlyMap<string, SourceConfig>;
  prefixes?: readonly string[];
  folder?: string;
}

/** Throws TemplateError with the path of what is wrong. */
export function compileTemplates(
  { keys }: Pick<Sections, 'keys'>,
  { sources = new Map(), prefixes = [], folder = '.' }: TemplateContext = {},
): KeyTemplates {
  return new KeyTemplates(
    keys.map((section, index) => compile(section, index, { sources, folder })),
    prefixes,
  );
}

function latin1OfText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function compile(
  section: KeySection,
  index: number,
  context: Required<Pick<TemplateContext, 'sources' | 'folder'>>,
): Candidate {
  const at = <T>(path: readonly (string | number)[], run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw error instanceof TemplateError
        ? new TemplateError(error.message, ['keys', index, ...path, ...error.path])
        : error;
    }
  };
  const pattern = at(['match'], () => new KeyPattern(section.match));
  const text = (path: readonly (string | number)[], source: string) =>
    at(path, () => TextTemplate.parse(source, pattern.names));
  const list = (name: 'tags' | 'depends-on') => (section[name] ?? []).map((each, i) => text([name, i], each));
  const [tags, dependsOn] = [list('tags'), list('depends-on')];
  const expand = (templates: readonly TextTemplate[]) => (params: Params) =>
    templates.map((each) => each.expand(params));
  return {
    pattern,
    template: {
      index,
      match: section.match,
      ttlMs: section.ttl,
      jitter: section.jitter ?? 0,
      graceMs: section.grace ?? 0,
      negativeTtlMs: section['negative-ttl'],
      layers: layersOf(section),
      fence: section.fence ?? false,
      diskMinTtlMs: section['disk-min-ttl'],
      diskMaxValueSize: section['disk-max-value-size'],
      ...at([], () => refreshingOf(section)),
      load: at(['load'], () => section.load && compileLoad(section.load, { ...context, names: pattern.names })),
      placeholders: pattern.names,
      userPlaceholder: at(['warm-user'], () => userOf(section, pattern.names)),
      keyOf: (params) => pattern.keyOf(params),
      tags: expand(tags),
      dependsOn: expand(dependsOn),
    },
  };
}

function layersOf({ layers }: KeySection): KeyTemplate['layers'] {
  return layers === undefined
    ? { memory: true, disk: true }
    : { memory: layers.includes('memory'), disk: layers.includes('disk') };
}

/** `warm-user`, or {user} where there is one; `off`: none. */
function userOf({ 'warm-user': given }: KeySection, names: readonly string[]): string | undefined {
  if (given === 'off') return undefined;
  if (given === undefined) return names.find((name) => name === 'user');
  const name = /^\{(.*)\}$/.exec(given)?.[1] ?? given;
  refuseUnknown([name], names);
  return name;
}
