import { LRUCache } from 'lru-cache';
import { KeyPattern } from '../base/patterns/key-pattern';
import { TemplateError, TextTemplate } from '../base/patterns/text-template';
import type { KeySection, Sections } from './sections';

/** Few enough to stay in the processor's cache; a hot key is then found several times faster than by matching. */
const CACHED_MATCHES_MAX = 4096;
/** Longer keys are matched anew, so the cache holds 1 MB of keys at most. */
const CACHED_KEY_LENGTH_MAX = 256;

/** Placeholders by name, latin1. */
export type Params = ReadonlyMap<string, string>;

/** One line of `keys`, ready for use. Times are milliseconds, sizes bytes; undefined: the setting of that name holds. */
export interface KeyTemplate {
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
  readonly load: { readonly from: string; readonly path: TextTemplate } | undefined;
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

  private find(key: string): KeyMatch | null {
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

/** Throws TemplateError with the path of what is wrong. */
export function compileTemplates(
  sections: Pick<Sections, 'keys' | 'sources'>,
  prefixes: readonly string[] = [],
): KeyTemplates {
  return new KeyTemplates(
    sections.keys.map((section, index) => compile(section, index, sections.sources)),
    prefixes,
  );
}

function latin1OfText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function compile(section: KeySection, index: number, sources: Sections['sources']): Candidate {
  const at = <T>(path: readonly (string | number)[], run: () => T): T => {
    try {
      return run();
    } catch (error) {
      throw error instanceof TemplateError ? new TemplateError(error.message, ['keys', index, ...path]) : error;
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
      load: at(['load', 'from'], () => checkSource(section, sources)) && {
        from: section.load!.from!,
        path: text(['load', 'path'], section.load!.path!),
      },
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

/** Undefined without a load; throws if its source is not there. */
function checkSource({ load }: KeySection, sources: Sections['sources']): true | undefined {
  if (load === undefined) return undefined;
  const names = Object.keys(sources);
  if (names.includes(load.from!)) return true;
  throw new TemplateError(`there is no source '${load.from}'${names.length > 0 ? `, only ${names.join(', ')}` : ''}`);
}
