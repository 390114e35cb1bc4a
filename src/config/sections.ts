import { z } from 'zod';
import { alertRule, alerts } from './alerts-section';
import { boolean, integer, oneOf, size } from './kinds';
import { load } from './load-section';
import { as, LIST_LENGTH_MAX, matching, nonEmpty, parseShare, share, texts, timeout, ttl } from './section-kinds';
import { source } from './source-section';
import { warm } from './warm-section';

/** The parts of larder.yaml that are more than `name: value`. What their values may be is in section-kinds.ts. */

/** "80%" of the ttl, or "early": by chance, the sooner the more a load costs. */
const refreshAhead = as<number | 'early' | undefined>({
  parse(text) {
    if (text === 'early') return { ok: true, value: text };
    if (text === 'off') return { ok: true, value: undefined };
    const value = parseShare(text);
    return value !== undefined && value > 0 && value < 1
      ? { ok: true, value }
      : { ok: false, expected: "a share of the ttl such as 80%, 'early' or 'off'" };
  },
});

const key = z.strictObject({
  match: nonEmpty,
  ttl: ttl.optional(),
  jitter: share.optional(),
  grace: ttl.optional(),
  'negative-ttl': ttl.optional(),
  tags: texts.optional(),
  'depends-on': texts.optional(),
  layers: z
    .array(as(oneOf('memory', 'disk')))
    .min(1)
    .optional(),
  fence: as(boolean()).optional(),
  'disk-min-ttl': ttl.optional(),
  'disk-max-value-size': as(size()).optional(),
  'soft-timeout': timeout.optional(),
  'hard-timeout': timeout.optional(),
  'refresh-ahead': refreshAhead.optional(),
  'refresh-min': ttl.optional(),
  'refresh-max': ttl.optional(),
  'stale-if-error': ttl.optional(),
  'warm-user': nonEmpty.optional(),
  load: load.optional(),
});

const context = z.array(matching(/^[a-z_][a-z0-9_-]*$/i, 'the name of a field')).max(LIST_LENGTH_MAX);
const write = z.strictObject({ tags: texts.min(1), context: context.optional() });
const rule = z.strictObject({
  name: nonEmpty,
  on: texts.min(1),
  invalidate: texts.min(1),
  context: context.optional(),
  soft: as(boolean()).optional(),
  priority: as(integer()).optional(),
});

export const SECTIONS = z.strictObject({
  sources: z.record(matching(/^[a-z0-9_-]{1,64}$/i, 'a name of letters, digits, - and _'), source).default({}),
  keys: z.array(key).max(LIST_LENGTH_MAX).default([]),
  writes: z.record(nonEmpty, write).default({}),
  rules: z.array(rule).max(LIST_LENGTH_MAX).default([]),
  lists: z.record(matching(/^[a-z0-9_-]{1,64}$/i, 'a name of letters, digits, - and _'), load).default({}),
  warm: z.array(warm).max(LIST_LENGTH_MAX).default([]),
  alerts: alerts.default({}),
});

export type Sections = z.output<typeof SECTIONS>;
export type KeySection = Sections['keys'][number];

export const SECTION_NAMES = Object.keys(SECTIONS.shape) as (keyof Sections)[];

/** In a person's words: what was expected, and not what zod calls it. */
export function explain(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPE_NAMES.get(issue.expected) ?? issue.expected}`;
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues[0] === undefined ? issue.message : explain(issue.issues[0]);
    case 'too_small':
      return `expected at least ${issue.minimum} of them`;
    case 'too_big':
      return `expected at most ${issue.maximum} of them`;
    default:
      return issue.message;
  }
}

const TYPE_NAMES = new Map([
  ['string', 'text'],
  ['array', 'a list'],
  ['object', 'names and values'],
  ['record', 'names and values'],
]);

/** The names that an object of this schema at this path may have, for "did you mean". */
export function knownNames(path: readonly PropertyKey[]): string[] {
  const [section, , part] = path;
  if (section === 'sources') return Object.keys(source.shape);
  if (section === 'lists') return Object.keys(load.shape);
  if (section === 'warm') return Object.keys(warm.shape);
  if (section === 'alerts') return Object.keys(path.length > 1 ? alertRule.shape : alerts.shape);
  if (section === 'writes') return Object.keys(write.shape);
  if (section === 'rules') return Object.keys(rule.shape);
  if (section === 'keys') return Object.keys(part === 'load' ? load.shape : key.shape);
  return [];
}
