import type { KeyMatch, KeyTemplate, KeyTemplates, Params } from '../../config';

/** Between values of several placeholders; no key that is text has it. */
const SEPARATOR = '\x1f';

/** Templates that name a user and are considered; of more, the first in the file. */
const USER_TEMPLATES_MAX = 1_000;

interface UserTemplate {
  readonly template: KeyTemplate;
  /** Placeholder of the user. */
  readonly user: string;
  /** The other placeholders. */
  readonly others: readonly string[];
}

/** What a key says, to who learns. */
export interface Known {
  readonly match: string;
  /** ms; undefined: the default. */
  readonly ttlMs: number | undefined;
  /** Undefined: the template names no user. */
  readonly user: string | undefined;
  /** Values of its other placeholders, as one string. */
  readonly others: string;
}

/** Templates with loaders, as learning needs them. Keys are latin1. */
export class LoadedKeys {
  private readonly byMatch = new Map<string, UserTemplate>();
  /** Some template has a loader: there is something to learn. */
  readonly any: boolean;

  constructor(private readonly templates: KeyTemplates) {
    const loaded = templates.list.filter(({ load }) => load !== undefined);
    this.any = loaded.length > 0;
    for (const template of loaded) {
      const { userPlaceholder: user, match, placeholders } = template;
      if (user === undefined || this.byMatch.size >= USER_TEMPLATES_MAX) continue;
      this.byMatch.set(match, { template, user, others: placeholders.filter((name) => name !== user) });
    }
  }

  /** Null for a key without a loader. */
  know(key: string): Known | null {
    const found = this.find(key);
    if (found === null) return null;
    const { template, params } = found;
    const of = this.byMatch.get(template.match);
    return {
      match: template.match,
      ttlMs: template.ttlMs,
      user: of && params.get(of.user),
      others: of === undefined ? '' : of.others.map((name) => params.get(name) ?? '').join(SEPARATOR),
    };
  }

  /** Adds what a user's key says of placeholders other than the user to `values`. */
  gather(key: string, values: Map<string, Set<string>>): void {
    const found = this.find(key);
    const of = found === null ? undefined : this.byMatch.get(found.template.match);
    if (found === null || of === undefined) return;
    for (const name of of.others) {
      const value = found.params.get(name);
      if (value === undefined) continue;
      const known = values.get(name);
      if (known === undefined) values.set(name, new Set([value]));
      else known.add(value);
    }
  }

  /** Patterns of the templates that name a user, in the file's order. */
  get userTemplates(): IterableIterator<string> {
    return this.byMatch.keys();
  }

  /** Keys of the template for this user, with one of the known values for every other placeholder: at most `max`. */
  keysFor(match: string, user: string, values: ReadonlyMap<string, ReadonlySet<string>>, max: number): string[] {
    const of = this.byMatch.get(match)!;
    let filled: Map<string, string>[] = [new Map([[of.user, user]])];
    for (const name of of.others) {
      const known = [...(values.get(name) ?? [])];
      filled = filled.flatMap((params) => known.map((value) => new Map([...params, [name, value]]))).slice(0, max);
    }
    return filled.flatMap((params) => this.keyOf(of.template, params));
  }

  /** The template's key with values of `others` as `know` gave them; none if they do not fit. */
  keyFrom(match: string, user: string, others: string): string[] {
    const of = this.byMatch.get(match)!;
    const values = of.others.length === 0 ? [] : others.split(SEPARATOR);
    if (values.length !== of.others.length) return [];
    const params = new Map([[of.user, user], ...of.others.map((name, i) => [name, values[i]!] as const)]);
    return this.keyOf(of.template, params);
  }

  /** None if another template has this key. */
  private keyOf(template: KeyTemplate, params: Params): string[] {
    const key = template.keyOf(params);
    return key !== null && this.find(key)?.template === template ? [key] : [];
  }

  private find(key: string): KeyMatch | null {
    if (this.templates.size === 0) return null;
    const found = this.templates.find(key);
    return found?.template.load === undefined ? null : found;
  }
}
