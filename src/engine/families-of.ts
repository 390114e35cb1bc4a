import type { KeyMatch, KeyTemplate, KeyTemplates, Params } from '../config';
import type { Loader, Loaders } from '../loaders';
import type { Families, Family, Loaded } from './families';

export interface FamilyDefaults {
  /** `disk` layer admission where the template does not say. */
  diskMinTtlMs: () => number;
  diskMaxValueBytes: () => number;
}

/** Key templates of the configuration, with their loaders, as the engine wants them. */
export function familiesOf(templates: KeyTemplates, loaders: Loaders, defaults: FamilyDefaults): Families {
  return {
    any: templates.list.length > 0,
    match(key) {
      const found = templates.match(key);
      return found === null ? null : new TemplateFamily(key, found, loaders, defaults);
    },
  };
}

/** Everything is worked out when it is asked for: a write to disk asks other things than a load. */
class TemplateFamily implements Family {
  private readonly template: KeyTemplate;
  private readonly params: Params;
  private readonly prefix: string;

  constructor(
    private readonly key: string,
    { template, params, prefix }: KeyMatch,
    private readonly loaders: Loaders,
    private readonly defaults: FamilyDefaults,
  ) {
    this.template = template;
    this.params = params;
    this.prefix = prefix;
  }

  get name(): string {
    return this.template.match;
  }
  get tags(): readonly string[] {
    return this.template.tags(this.params);
  }
  get dependsOn(): readonly string[] {
    const { prefix } = this;
    const sources = this.template.dependsOn(this.params);
    return prefix === '' ? sources : sources.map((source) => prefix + source);
  }
  get ttlMs(): number {
    return this.template.ttlMs ?? 0;
  }
  get graceMs(): number {
    return this.template.graceMs;
  }
  get jitter(): number {
    return this.template.jitter;
  }
  get onDisk(): boolean {
    return this.template.layers.disk;
  }
  get diskMinTtlMs(): number {
    return this.template.diskMinTtlMs ?? this.defaults.diskMinTtlMs();
  }
  get diskMaxValueBytes(): number {
    return this.template.diskMaxValueSize ?? this.defaults.diskMaxValueBytes();
  }
  get fence(): boolean {
    return this.template.fence;
  }
  get load(): ((deadlineMs: number) => Promise<Loaded>) | null {
    const loader: Loader | undefined = this.loaders.forTemplate(this.template.index);
    if (loader === undefined) return null;
    const { key, params } = this;
    return async (deadlineMs) => {
      const loaded = await loader.load({ key, params, deadlineMs });
      return loaded.kind === 'unchanged' ? { kind: 'failure', reason: 'unchanged, but nothing was there' } : loaded;
    };
  }
}
