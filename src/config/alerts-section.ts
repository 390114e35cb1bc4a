import { z } from 'zod';
import { TemplateError } from '../base/patterns/text-template';
import { boolean, duration, integer, oneOf } from './kinds';
import { as, headers, matching, nonEmpty, parseShare, timeout } from './section-kinds';

/** What alerts watch, and the unit of its limits. */
export const ALERT_MEASURES = {
  'hit-rate': 'share',
  'hit-rate-drop': 'share',
  p95: 'ms',
  'load-failures': 'share',
  'evicted-asked-again': 'share',
  'disk-errors': 'count',
  'breakers-open': 'count',
  'warm-queue': 'share',
  'memory-limit': 'share',
  'rules-in-vain': 'share',
} as const;
export type AlertMeasure = keyof typeof ALERT_MEASURES;
export type AlertSeverity = 'info' | 'warning' | 'critical';

const RULES_MAX = 100;
const MINUTES_MAX = 60;
const MINUTE_MS = 60_000;

const measureNames = Object.keys(ALERT_MEASURES) as AlertMeasure[];
const limit = matching(/^\d/, 'a share such as 50%, a number, or a duration such as 50ms');

export const alertRule = z.strictObject({
  id: matching(/^[a-z0-9_-]{1,64}$/i, 'a name of letters, digits, - and _'),
  measure: as(oneOf(...(measureNames as [AlertMeasure, ...AlertMeasure[]]))).optional(),
  template: nonEmpty.optional(),
  above: limit.optional(),
  below: limit.optional(),
  clear: limit.optional(),
  over: as(duration('s', { min: MINUTE_MS, max: MINUTES_MAX * MINUTE_MS })).optional(),
  for: as(duration('s')).optional(),
  'clear-for': as(duration('s')).optional(),
  'min-volume': as(integer({ min: 0 })).optional(),
  severity: as(oneOf('info', 'warning', 'critical')).optional(),
  off: as(boolean()).optional(),
});

export const alerts = z.strictObject({
  webhook: matching(/^https?:\/\/[\x21-\x7e]+$/, 'an address such as https://host/path', true).optional(),
  'webhook-headers': headers.optional(),
  'webhook-timeout': timeout.optional(),
  'min-interval': as(duration('s')).optional(),
  rules: z.array(alertRule).max(RULES_MAX).optional(),
});

/** What is watched, and when it is an alert. Shares are 0 to 1, latencies ms. */
export interface AlertRule {
  readonly id: string;
  readonly measure: AlertMeasure;
  /** Its keys only; undefined: all. */
  readonly template: string | undefined;
  readonly worse: 'above' | 'below';
  /** Undefined: response-time-target-ms. */
  readonly limit: number | undefined;
  /** It is over at this value; undefined: a tenth of the limit on its better side. */
  readonly clear: number | undefined;
  /** Minutes that are looked at together. */
  readonly overMinutes: number;
  readonly forMs: number;
  readonly clearForMs: number;
  /** With less gets, loads, evictions or whatever the measure is a share of, nothing is said. */
  readonly volumeMin: number;
  readonly severity: AlertSeverity;
}

export interface WebhookConfig {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** `alerts`, checked. */
export interface AlertSections {
  readonly rules: readonly AlertRule[];
  readonly webhook: WebhookConfig | undefined;
  /** Between two messages of one alert. */
  readonly minIntervalMs: number;
}

const COMMON = {
  template: undefined,
  worse: 'above',
  clear: undefined,
  overMinutes: 5,
  forMs: 5 * MINUTE_MS,
  clearForMs: 5 * MINUTE_MS,
  volumeMin: 0,
  severity: 'warning',
} as const;

/** Those that are there unless the configuration says `off`; a rule of the same id changes what it names. */
export const ALERTS_DEFAULT: readonly AlertRule[] = [
  {
    ...COMMON,
    id: 'hit-rate',
    measure: 'hit-rate',
    worse: 'below',
    limit: 0.5,
    clear: 0.55,
    overMinutes: 10,
    forMs: 10 * MINUTE_MS,
    volumeMin: 1_000,
  },
  { ...COMMON, id: 'hit-rate-drop', measure: 'hit-rate-drop', limit: 0.05, clear: 0.03, forMs: 0, clearForMs: 0 },
  { ...COMMON, id: 'slow', measure: 'p95', limit: undefined, volumeMin: 100 },
  { ...COMMON, id: 'load-failures', measure: 'load-failures', limit: 0.2, clear: 0.1, volumeMin: 20 },
  { ...COMMON, id: 'eviction-churn', measure: 'evicted-asked-again', limit: 0.2, overMinutes: 10, volumeMin: 500 },
  {
    ...COMMON,
    id: 'disk-errors',
    measure: 'disk-errors',
    limit: 0,
    clear: 0,
    forMs: 0,
    clearForMs: 0,
    severity: 'critical',
  },
  { ...COMMON, id: 'breaker-open', measure: 'breakers-open', limit: 0, clear: 0, forMs: 20_000, clearForMs: MINUTE_MS },
  { ...COMMON, id: 'warm-queue', measure: 'warm-queue', limit: 0.95, clear: 0.8 },
  {
    ...COMMON,
    id: 'memory-limit',
    measure: 'memory-limit',
    limit: 0.98,
    clear: 0.95,
    forMs: 2 * MINUTE_MS,
    severity: 'critical',
  },
  { ...COMMON, id: 'rules-in-vain', measure: 'rules-in-vain', limit: 0.8, overMinutes: 30, volumeMin: 200 },
];

const MIN_INTERVAL_MS = 5 * MINUTE_MS;
const WEBHOOK_TIMEOUT_MS = 5_000;

/** Throws TemplateError with the path of what is wrong. `templates`: patterns that rules may name. */
export function compileAlerts(section: z.output<typeof alerts>, templates: readonly string[]): AlertSections {
  const rules = new Map(ALERTS_DEFAULT.map((rule) => [rule.id, rule]));
  const seen = new Set<string>();
  for (const [i, given] of (section.rules ?? []).entries()) {
    const fail: Fail = (name, what) => {
      throw new TemplateError(what, ['alerts', 'rules', i, name]);
    };
    if (seen.has(given.id)) fail('id', `there are two rules '${given.id}'`);
    seen.add(given.id);
    if (given.template !== undefined && !templates.includes(given.template))
      fail('template', `there is no template '${given.template}'`);
    if (given.off === true) rules.delete(given.id);
    else rules.set(given.id, compileRule(given, rules.get(given.id), fail));
  }
  return {
    rules: [...rules.values()],
    webhook: section.webhook === undefined ? undefined : webhookOf(section, section.webhook),
    minIntervalMs: section['min-interval'] ?? MIN_INTERVAL_MS,
  };
}

type Fail = (name: keyof z.output<typeof alertRule>, what: string) => never;
type GivenRule = z.output<typeof alertRule>;

function compileRule(given: GivenRule, base: AlertRule | undefined, fail: Fail): AlertRule {
  const measure = given.measure ?? base?.measure ?? fail('measure', `expected one of ${measureNames.join(', ')}`);
  if (
    given.template !== undefined &&
    measure !== 'hit-rate' &&
    measure !== 'hit-rate-drop' &&
    measure !== 'load-failures'
  )
    fail('template', `'${measure}' is not measured by template`);
  if (given.above !== undefined && given.below !== undefined) fail('below', "expected 'above' or 'below', not both");
  const number = (name: 'above' | 'below' | 'clear') => {
    const text = given[name];
    return text === undefined ? undefined : numberOf(text, measure, (what) => fail(name, what));
  };
  const isOfBase = base !== undefined && base.measure === measure;
  const own = number('above') ?? number('below');
  if (own === undefined && !isOfBase && measure !== 'p95') fail('measure', "expected 'above' or 'below'");
  const worse = given.below !== undefined ? 'below' : given.above !== undefined ? 'above' : (base?.worse ?? 'above');
  const limit = own ?? (isOfBase ? base.limit : undefined);
  const clear = number('clear') ?? (own === undefined && isOfBase ? base.clear : undefined);
  if (clear !== undefined && limit !== undefined && (worse === 'above' ? clear > limit : clear < limit))
    fail('clear', `expected a value on the better side of the limit`);
  const from = base ?? { ...COMMON };
  return {
    id: given.id,
    measure,
    template: given.template ?? from.template,
    worse,
    limit,
    clear,
    overMinutes: given.over === undefined ? from.overMinutes : Math.round(given.over / MINUTE_MS),
    forMs: given.for ?? from.forMs,
    clearForMs: given['clear-for'] ?? from.clearForMs,
    volumeMin: given['min-volume'] ?? from.volumeMin,
    severity: given.severity ?? from.severity,
  };
}

function numberOf(text: string, measure: AlertMeasure, fail: (what: string) => never): number {
  const unit = ALERT_MEASURES[measure];
  if (unit === 'share') return parseShare(text) ?? fail('expected a share such as 50%');
  const parsed = (unit === 'ms' ? duration('ms') : integer({ min: 0 })).parse(text);
  return parsed.ok ? parsed.value : fail(`expected ${parsed.expected}`);
}

function webhookOf(section: z.output<typeof alerts>, url: string): WebhookConfig {
  if (!URL.canParse(url))
    throw new TemplateError('expected an address such as https://host/path', ['alerts', 'webhook']);
  return {
    url,
    headers: section['webhook-headers'] ?? {},
    timeoutMs: section['webhook-timeout'] ?? WEBHOOK_TIMEOUT_MS,
  };
}
