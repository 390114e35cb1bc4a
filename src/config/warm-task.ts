import { CronTimes } from '../base/cron';
import { KeyList } from '../base/patterns/key-list';
import { TemplateError } from '../base/patterns/text-template';

export const WARM_PRIORITY_MAX = 1_000_000;
export const WARM_RATE_MAX = 1_000_000;
export const WARM_EVERY_MS_MIN = 100;
/** Of an id. */
const ID_BYTES_MAX = 64;
/** Of all texts of a task: what is kept of it on disk fits into one note. */
const TASK_BYTES_MAX = 256 * 1024;
const TAGS_MAX = 1_000;

/** A task that loads keys before they are asked for, as it was given. Texts are latin1 of their bytes. */
export interface WarmTaskSpec {
  readonly id: string;
  /** For people; '' is none. */
  readonly name: string;
  /** Logical database. */
  readonly db: number;
  /** Keys, with lists such as {a,b} and {1..9}; none where there is a template. */
  readonly keys: readonly string[];
  /** `match` of the key template whose keys it loads; '' where there are keys. */
  readonly template: string;
  /** Where the template's placeholders (or whole keys, without one) come from; '': the keys that are in the cache. */
  readonly list: string;
  /** Higher goes first. */
  readonly priority: number;
  /** Of what it loads, instead of the template's. */
  readonly ttlMs: number | undefined;
  readonly everyMs: number | undefined;
  readonly cron: string | undefined;
  /** Of `cron`. */
  readonly timezone: string;
  readonly onStart: boolean;
  /** Keys a second at most; the budget holds too. */
  readonly rate: number | undefined;
  /** Beside the template's. */
  readonly tags: readonly string[];
  /** Loads what is fresh too. */
  readonly force: boolean;
}

/** What a task may name. */
export interface WarmKnown {
  /** The template of this `match`. */
  template(match: string): { readonly placeholders: readonly string[]; readonly loads: boolean } | undefined;
  readonly templates: readonly string[];
  readonly lists: readonly string[];
  readonly databases: number;
}

/** Throws TemplateError, with the field as its path, for a task that could never do what it says. */
export function checkWarmTask(spec: WarmTaskSpec, known: WarmKnown): void {
  const fail = (field: string, what: string): never => {
    throw new TemplateError(`task ${shown(spec.id)}: ${what}`, [field]);
  };
  const under = <T>(field: string, run: () => T): T => {
    try {
      return run();
    } catch (error) {
      const path = error instanceof TemplateError ? error.path : [];
      throw new TemplateError(`task ${shown(spec.id)}: ${(error as Error).message}`, [field, ...path]);
    }
  };
  if (!/^[\x21-\x7e]+$/.test(spec.id) || spec.id.length > ID_BYTES_MAX)
    fail('id', `expected an id of at most ${ID_BYTES_MAX} printable characters without blanks`);
  if (/[\x00-\x1f\x7f]/.test(spec.name)) fail('name', 'expected a name without control characters');
  if (spec.db >= known.databases) fail('db', `expected a database from 0 to ${known.databases - 1}`);
  if (spec.tags.length > TAGS_MAX) fail('tags', `expected at most ${TAGS_MAX} tags`);
  if (sizeOf(spec) > TASK_BYTES_MAX)
    fail('keys', `longer than ${TASK_BYTES_MAX} bytes in all; put the keys into a list`);
  checkKeys(spec, known, fail, under);
  if (spec.everyMs !== undefined && spec.cron !== undefined) fail('cron', "expected 'every' or 'cron', not both");
  if (spec.cron !== undefined) under('cron', () => new CronTimes(spec.cron!, spec.timezone));
  else if (spec.timezone !== '') fail('timezone', "it is of no use without 'cron'");
}

type Fail = (field: string, what: string) => never;
type Under = <T>(field: string, run: () => T) => T;

function checkKeys(spec: WarmTaskSpec, known: WarmKnown, fail: Fail, under: Under): void {
  const { keys, template, list } = spec;
  if (keys.length > 0 && (template !== '' || list !== ''))
    fail(template === '' ? 'list' : 'template', "expected 'keys', or 'template' and 'list', not both");
  if (keys.length === 0 && template === '' && list === '') fail('keys', "expected 'keys', 'template' or 'list'");
  under('keys', () => new KeyList(keys));
  if (list !== '' && !known.lists.includes(list)) fail('list', `there is no list ${shown(list)}${only(known.lists)}`);
  if (template === '') return;
  const found = known.template(template);
  if (found === undefined) fail('template', `there is no template ${shown(template)}${only(known.templates)}`);
  else if (!found.loads) fail('template', `the template ${shown(template)} has no 'load'`);
  else if (found.placeholders.length === 0 && list !== '')
    fail('list', `the template ${shown(template)} has no placeholder that a list could fill`);
}

function sizeOf({ name, keys, template, tags }: WarmTaskSpec): number {
  return [name, template, ...keys, ...tags].reduce((sum, text) => sum + text.length, 0);
}

function only(names: readonly string[]): string {
  return names.length === 0 ? '' : `, only ${names.slice(0, 10).map(shown).join(', ')}`;
}

/** A client's or operator's text in an error of one line. */
function shown(text: string): string {
  const line = text.replace(/[\x00-\x1f\x7f]/g, '?');
  return `'${line.length > 60 ? `${line.slice(0, 57)}...` : line}'`;
}
