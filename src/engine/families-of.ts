import type { KeyMatch, KeyTemplate, KeyTemplates, Params, SourceConfig } from '../config';
import type { Loader, Loaders } from '../loaders';
import type { LoadItem, LoadResult } from '../loaders/loader';
import type { Families, Family, FamilyLoad, FamilySource, LoadCall, RefreshAhead, Staleness } from './families';

export interface FamilyDefaults {
  /** `disk` layer admission where the template does not say. */
  diskMinTtlMs: () => number;
  diskMaxValueBytes: () => number;
}

/** Key templates of the configuration, with their loaders, as the engine wants them. */
export function familiesOf(
  templates: KeyTemplates,
  loaders: Loaders,
  defaults: FamilyDefaults,
  sources: ReadonlyMap<string, SourceConfig> = new Map(),
): Families {
  return {
    sources: familySourcesOf(sources),
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
  get load(): FamilyLoad | null {
    const loader: Loader | undefined = this.loaders.forTemplate(this.template.index);
    return loader === undefined ? null : new TemplateLoad(this.template, this.item, loader);
  }
  private get item(): LoadItem {
    return { key: this.key, params: this.params };
  }
}

class TemplateLoad implements FamilyLoad {
  readonly staleness: Staleness;

  constructor(
    private readonly of: KeyTemplate,
    readonly item: LoadItem,
    private readonly loader: Loader,
  ) {
    this.staleness = stalenessOf(of);
  }

  get source(): string {
    return this.loader.source;
  }
  get template(): number {
    return this.of.index;
  }
  get batchKeysMax(): number {
    return this.loader.loadMany === undefined ? 1 : (this.loader.batchKeysMax ?? 1);
  }
  one(call: LoadCall, validator?: string): Promise<LoadResult> {
    return this.loader.load({ ...this.item, ...call, ...(validator !== undefined && { validator }) });
  }
  many(items: readonly LoadItem[], call: LoadCall): Promise<LoadResult[]> {
    return this.loader.loadMany!({ items, ...call });
  }
}

function stalenessOf(of: KeyTemplate): Staleness {
  const { softTimeoutMs, hardTimeoutMs, refreshMinMs, refreshMaxMs, staleIfErrorMs, negativeTtlMs } = of;
  const refreshAhead = of.refreshAhead === undefined ? undefined : refreshAheadOf(of.refreshAhead);
  return { softTimeoutMs, hardTimeoutMs, refreshMinMs, refreshMaxMs, staleIfErrorMs, negativeTtlMs, refreshAhead };
}

/** A share, or 'early', or 'off'. */
export function refreshAheadOf(said: number | 'early' | 'off'): RefreshAhead {
  return typeof said === 'number' ? { kind: 'share', share: said } : { kind: said };
}

/** Sources of the configuration, with what each says of itself. */
function familySourcesOf(sources: ReadonlyMap<string, SourceConfig>): FamilySource[] {
  return [...sources].map(([name, { kind, connectionsMax, callsPerSecondMax, breakerFailures, breakerRetryMs }]) => ({
    name,
    kind,
    callsMax: connectionsMax,
    callsPerSecondMax,
    breakerFailures,
    breakerRetryMs,
  }));
}
