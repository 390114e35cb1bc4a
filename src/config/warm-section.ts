import { z } from 'zod';
import { TemplateError } from '../base/patterns/text-template';
import { boolean, duration, integer } from './kinds';
import { compileLoad, type Load, type LoadContext, type LoadSection } from './load-section';
import { as, nonEmpty, texts, ttl } from './section-kinds';
import type { Sections } from './sections';
import type { KeyTemplates } from './templates';
import {
  checkWarmTask,
  WARM_EVERY_MS_MIN,
  WARM_PRIORITY_MAX,
  WARM_RATE_MAX,
  type WarmKnown,
  type WarmTaskSpec,
} from './warm-task';

/** One line of `warm`: a task. */
export const warm = z.strictObject({
  id: nonEmpty,
  name: nonEmpty.optional(),
  db: as(integer({ min: 0 })).optional(),
  keys: texts.min(1).optional(),
  template: nonEmpty.optional(),
  list: nonEmpty.optional(),
  priority: as(integer({ min: -WARM_PRIORITY_MAX, max: WARM_PRIORITY_MAX })).optional(),
  ttl: ttl.optional(),
  every: as(duration('s', { min: WARM_EVERY_MS_MIN })).optional(),
  cron: nonEmpty.optional(),
  timezone: nonEmpty.optional(),
  'on-start': as(boolean()).optional(),
  rate: as(integer({ min: 1, max: WARM_RATE_MAX }, 'keys/s')).optional(),
  tags: texts.optional(),
  force: as(boolean()).optional(),
});

/** `warm` and `lists`, checked. */
export interface WarmSections {
  readonly tasks: readonly WarmTaskSpec[];
  /** What gives rows to tasks, by name (latin1). */
  readonly lists: ReadonlyMap<string, Load>;
  /** What tasks may name, also those that clients add. */
  readonly known: WarmKnown;
  readonly warnings: readonly string[];
}

interface WarmContext extends Pick<LoadContext, 'sources' | 'folder'> {
  templates: KeyTemplates;
  databases: number;
}

/** Throws TemplateError with the path of what is wrong. */
export function compileWarm({ warm, lists }: Pick<Sections, 'warm' | 'lists'>, context: WarmContext): WarmSections {
  const compiled = new Map(
    Object.entries(lists).map(([name, section]) => [name, under(['lists', name], () => compileList(section, context))]),
  );
  const known = knownOf(context, [...compiled.keys()]);
  const seen = new Set<string>();
  const warnings: string[] = [];
  const tasks = warm.map((section, i) => {
    const spec = specOf(section);
    if (seen.has(spec.id)) throw new TemplateError(`there are two tasks '${section.id}'`, ['warm', i, 'id']);
    seen.add(spec.id);
    under(['warm', i], () => checkWarmTask(spec, known));
    const loadless = spec.keys.find((key) => !/[{}]/.test(key) && !loads(context.templates, key));
    if (loadless !== undefined) warnings.push(`warm[${i}] (${section.id}): no template of 'keys' loads '${loadless}'`);
    if (spec.everyMs === undefined && spec.cron === undefined && !spec.onStart)
      warnings.push(`warm[${i}] (${section.id}): it runs only when WARMTASK RUN asks for it`);
    return spec;
  });
  return { tasks, lists: compiled, known, warnings };
}

function compileList(section: LoadSection, { sources, folder }: WarmContext): Load {
  if (section.batch !== undefined) throw new TemplateError('a list is one call', ['batch']);
  const load = compileLoad(section, { names: [], sources, folder });
  return load.kind === 'sql' ? { ...load, rows: 'many' } : load;
}

function loads(templates: KeyTemplates, key: string): boolean {
  return templates.match(key)?.template.load !== undefined;
}

function knownOf({ templates, databases }: WarmContext, lists: readonly string[]): WarmKnown {
  const byMatch = new Map(
    templates.list.map(({ match, placeholders, load }) => [latin1(match), { placeholders, loads: load !== undefined }]),
  );
  return { template: (match) => byMatch.get(match), templates: [...byMatch.keys()], lists, databases };
}

function specOf(section: z.output<typeof warm>): WarmTaskSpec {
  return {
    id: latin1(section.id),
    name: latin1(section.name ?? ''),
    db: section.db ?? 0,
    keys: (section.keys ?? []).map(latin1),
    template: latin1(section.template ?? ''),
    list: section.list ?? '',
    priority: section.priority ?? 0,
    ttlMs: section.ttl,
    everyMs: section.every,
    cron: section.cron,
    timezone: section.timezone ?? '',
    onStart: section['on-start'] ?? false,
    rate: section.rate,
    tags: (section.tags ?? []).map(latin1),
    force: section.force ?? false,
  };
}

function under<T>(path: readonly (string | number)[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(error.message, [...path, ...error.path]) : error;
  }
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
