import type { Config, KeyMatch, KeyTemplate, KeyTemplates, SourceConfig } from '../config';
import { type PlannedCall, planCall } from '../loaders';

export type TemplateField = string | number | readonly string[] | TemplateFields;
/** By name, in the order they are shown. Texts are latin1, times milliseconds. */
export type TemplateFields = ReadonlyMap<string, TemplateField>;

export interface TemplateSources {
  readonly templates: KeyTemplates;
  readonly sources: ReadonlyMap<string, SourceConfig>;
  readonly config: Config;
}

/** Key templates, told to who asks what the configuration makes of a key. Nothing is loaded for it, and no secrets are told. */
export class TemplateReports {
  constructor(private readonly from: TemplateSources) {}

  /** All, in the order of the file; placeholders stand for themselves. */
  list(): TemplateFields[] {
    return this.from.templates.list.map((template) => {
      const params = new Map(template.placeholders.map((name) => [name, `{${name}}`]));
      return new Map<string, TemplateField>([
        ['template', latin1(template.match)],
        ['tags', template.tags(params)],
        ['depends_on', template.dependsOn(params)],
        ...this.times(template),
        ['load', new Map(this.loadOf(template))],
      ]);
    });
  }

  /** The template of a key (latin1), and what it comes to; undefined: none matches. */
  test(key: string): TemplateFields | undefined {
    const match = this.from.templates.find(key);
    if (match === null) return undefined;
    const { template, params, prefix } = match;
    return new Map<string, TemplateField>([
      ['template', latin1(template.match)],
      ['index', template.index],
      ['prefix', prefix],
      ['params', params],
      ['tags', template.tags(params)],
      ['depends_on', template.dependsOn(params).map((source) => prefix + source)],
      ...this.times(template),
      ['load', new Map([...this.loadOf(template), ...this.callOf(match)])],
    ]);
  }

  /** What holds: the template's word, or the setting's. */
  private times(template: KeyTemplate): [string, TemplateField][] {
    const { config } = this.from;
    const { layers, refreshMinMs = 0, refreshMaxMs = 0, userPlaceholder = '' } = template;
    return [
      ['ttl_ms', template.ttlMs ?? config.defaultTtlMs],
      ['jitter', String(template.jitter)],
      ['grace_ms', template.graceMs],
      ['stale_if_error_ms', template.staleIfErrorMs ?? template.graceMs],
      ['negative_ttl_ms', template.negativeTtlMs ?? config.negativeTtlMs],
      ['soft_timeout_ms', template.softTimeoutMs ?? config.softTimeoutMs],
      ['hard_timeout_ms', template.hardTimeoutMs ?? config.hardTimeoutMs],
      ['refresh_ahead', String(template.refreshAhead ?? config.refreshAhead)],
      ['refresh_min_ms', refreshMinMs],
      ['refresh_max_ms', refreshMaxMs],
      ['fence', Number(template.fence)],
      ['layers', (['memory', 'disk'] as const).filter((layer) => layers[layer])],
      ['disk_min_ttl_ms', template.diskMinTtlMs ?? config.diskMinTtlMs],
      ['disk_max_value_size', template.diskMaxValueSize ?? config.diskMaxValueSize],
      ['warm_user', userPlaceholder],
    ];
  }

  private loadOf({ load }: KeyTemplate): [string, TemplateField][] {
    if (load === undefined) return [['kind', 'none']];
    const text = load.kind === 'http' ? load.path.text : load.kind === 'sql' ? load.query : load.module;
    return [
      ['kind', load.kind],
      ...(load.kind === 'module' ? [] : [['source', latin1(load.from)] as [string, TemplateField]]),
      [load.kind === 'http' ? 'path' : load.kind === 'sql' ? 'query' : 'module', latin1(text)],
      ['batch', load.batchKeysMax],
    ];
  }

  private callOf({ template: { load }, params }: KeyMatch): [string, TemplateField][] {
    if (load === undefined) return [];
    return fieldsOf(planCall(load, this.from.sources, params));
  }
}

function fieldsOf(call: PlannedCall): [string, TemplateField][] {
  switch (call.kind) {
    case 'http':
      return [
        ['method', call.method],
        ['path', call.path],
        ...(call.refusal === undefined ? [] : [['refused', call.refusal] as [string, TemplateField]]),
      ];
    case 'sql':
      return [
        ['dialect', call.dialect],
        ['query', call.query],
        ['params', call.params],
      ];
    case 'module':
      return [['module', latin1(call.module)]];
  }
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
