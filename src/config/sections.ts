import { z } from 'zod';
import { mismatch } from './config-error';
import { boolean, duration, integer, type Kind, oneOf, type Parsed, size } from './kinds';

/**
 * The parts of larder.yaml that are more than `name: value`. Everything arrives as text (see config-file.ts), so the
 * kinds of the settings read these values too, with the same words in their errors.
 */

const LIST_LENGTH_MAX = 10_000;

function as<T>(kind: Pick<Kind<T>, 'parse' | 'isSecret'>) {
  return z.string().transform((text, context): T => {
    const parsed = kind.parse(text);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: mismatch(kind, parsed.expected, text) });
    return z.NEVER;
  });
}

function matching(pattern: RegExp, expected: string, isSecret = false) {
  return as<string>({
    isSecret,
    parse: (text): Parsed<string> => (pattern.test(text) ? { ok: true, value: text } : { ok: false, expected }),
  });
}

/** "10%" or "0.1", as a share. */
const share = as<number>({
  parse(text) {
    const [, digits, percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
    const value = Number(digits) / (percent === '%' ? 100 : 1);
    return value <= 1 ? { ok: true, value } : { ok: false, expected: 'a share such as 10%' };
  },
});

const ttl = as(duration('s'));
const nonEmpty = matching(/^[^\x00-\x1f\x7f]+$/, 'a line of text');
const texts = z.array(nonEmpty).max(LIST_LENGTH_MAX);

const sourceUrl = matching(
  /^https?:\/\/[^\s/?#@\\]+(\/[^\s?#\\]*)?$/i,
  'a URL such as http://127.0.0.1:8080 (credentials go into headers)',
).refine((url) => URL.canParse(url), 'expected a URL such as http://127.0.0.1:8080');

const headers = z.record(
  matching(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, 'the name of a header'),
  matching(/^[\x20-\x7e]*$/, 'a header value in printable ASCII', true),
);

const later = (what: string) => (value: unknown, context: z.RefinementCtx) => {
  if (value !== undefined) context.addIssue({ code: 'custom', message: `${what} are not supported yet, only http` });
};

const source = z
  .strictObject({
    http: sourceUrl.optional(),
    sql: z.unknown().superRefine(later('sql sources')).optional(),
    /** Deadline of a whole load; `hard-timeout` otherwise. */
    timeout: as(duration('ms', { min: 1, max: 3_600_000 })).optional(),
    headers: headers.optional(),
    'connections-max': as(integer({ min: 1, max: 10_000 })).optional(),
  })
  .refine((it) => it.http !== undefined || it.sql !== undefined, "expected 'http'");

const load = z
  .strictObject({
    from: nonEmpty.optional(),
    path: matching(/^\/[\x21-\x7e]*$/, 'a path such as /users/{id}, percent-encoded')
      .refine((path) => !/[#\\]/.test(path), "expected a path without '#' and '\\'")
      .optional(),
    query: z.unknown().superRefine(later('sql loaders')).optional(),
    params: z.unknown().optional(),
    module: z.unknown().superRefine(later('module loaders')).optional(),
  })
  .refine(
    (it) => it.query !== undefined || it.module !== undefined || (it.from && it.path),
    "expected 'from' and 'path'",
  );

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

/** Checked, kept, and used by what comes later; unknown fields are let through. */
const warm = z.looseObject({
  id: nonEmpty,
  name: nonEmpty.optional(),
  keys: texts.optional(),
  every: ttl.optional(),
  cron: nonEmpty.optional(),
  'on-start': as(boolean()).optional(),
  priority: as(integer()).optional(),
  ttl: ttl.optional(),
  tags: texts.optional(),
});

export const SECTIONS = z.strictObject({
  sources: z.record(matching(/^[a-z0-9_-]{1,64}$/i, 'a name of letters, digits, - and _'), source).default({}),
  keys: z.array(key).max(LIST_LENGTH_MAX).default([]),
  writes: z.record(nonEmpty, write).default({}),
  rules: z.array(rule).max(LIST_LENGTH_MAX).default([]),
  warm: z.array(warm).max(LIST_LENGTH_MAX).default([]),
});

export type Sections = z.output<typeof SECTIONS>;
export type KeySection = Sections['keys'][number];
export type SourceSection = Sections['sources'][string];

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
  if (section === 'writes') return Object.keys(write.shape);
  if (section === 'rules') return Object.keys(rule.shape);
  if (section === 'keys') return Object.keys(part === 'load' ? load.shape : key.shape);
  return [];
}
