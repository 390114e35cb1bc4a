import { KeyPattern } from './key-pattern';
import { TemplateError, type TextEncoding, TextTemplate } from './text-template';

/** Bytes of one pattern or template, and of a rule's name. */
export const RULE_TEXT_BYTES_MAX = 4096;
const RULE_NAME_BYTES_MAX = 128;
/** Bytes of all texts of a rule: what is kept of it on disk fits into one note. */
const RULE_BYTES_MAX = 16 * 1024;

/** A rule as it was given: what to invalidate when a tag is invalidated. Texts are latin1, or UTF-8 from a file. */
export interface RuleSpec {
  readonly name: string;
  /** Patterns of the tags that trigger it. */
  readonly on: readonly string[];
  /** Templates of the tags that it invalidates. */
  readonly invalidate: readonly string[];
  /** Placeholders that no pattern binds and a write's CONTEXT may; undefined: any. */
  readonly context?: readonly string[] | undefined;
  readonly soft: boolean;
  /** Higher goes first. */
  readonly priority: number;
}

export interface CompiledRule {
  readonly spec: RuleSpec;
  readonly patterns: readonly KeyPattern[];
  readonly templates: readonly TextTemplate[];
  /** Placeholders that only a write's CONTEXT can fill. */
  readonly contextNames: readonly string[];
}

/**
 * Throws TemplateError, with the rule's name in the message and the place within the rule as its path, for an empty or
 * too long text, a pattern that cannot be matched in linear time, and a placeholder that nothing can fill.
 */
export function compileRule(spec: RuleSpec, patternsMax: number, encoding: TextEncoding = 'utf8'): CompiledRule {
  const at = <T>(path: readonly (string | number)[], text: string, run: () => T): T => {
    try {
      if (Buffer.byteLength(text, encoding) > RULE_TEXT_BYTES_MAX)
        throw new TemplateError(`longer than ${RULE_TEXT_BYTES_MAX} bytes`);
      return run();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new TemplateError(`rule ${shown(spec.name)}: ${shown(text)}: ${error.message}`, path);
    }
  };
  checkShape(spec, patternsMax, encoding);
  const patterns = spec.on.map((text, i) => at(['on', i], text, () => new KeyPattern(text, encoding)));
  const bound = new Set(patterns.flatMap((pattern) => pattern.names));
  const contextNames = new Set<string>();
  const templates = spec.invalidate.map((text, i) =>
    at(['invalidate', i], text, () => {
      const template = openTemplate(text, "'on'", encoding);
      for (const name of checkNames(template, bound, spec.context)) contextNames.add(name);
      return template;
    }),
  );
  return { spec, patterns, templates, contextNames: [...contextNames] };
}

/**
 * How many patterns some tag may have to be held against: those of one first segment, and all that begin with a
 * placeholder.
 */
export function patternsTried(rules: Iterable<CompiledRule>): number {
  const byFirst = new Map<string, number>();
  let anyFirst = 0;
  for (const { patterns } of rules) {
    for (const { firstLiteral } of patterns) {
      if (firstLiteral === undefined) anyFirst++;
      else byFirst.set(firstLiteral, (byFirst.get(firstLiteral) ?? 0) + 1);
    }
  }
  let most = 0;
  for (const count of byFirst.values()) most = Math.max(most, count);
  return anyFirst + most;
}

/** A template that is not empty. */
export function openTemplate(text: string, pattern: string, encoding: TextEncoding = 'utf8'): TextTemplate {
  if (text === '') throw new TemplateError('expected a tag such as user:{id}');
  return TextTemplate.open(text, pattern, encoding);
}

/** Its placeholders that are not `bound`; throws TemplateError for one that is not in `context` either. */
export function checkNames(
  template: TextTemplate,
  bound: ReadonlySet<string>,
  context: readonly string[] | undefined,
): string[] {
  const open = template.names.filter((name) => !bound.has(name));
  const unknown = context === undefined ? undefined : open.find((name) => !context.includes(name));
  if (unknown === undefined) return open;
  const known = [...bound, ...context!].map((name) => `{${name}}`).join(', ');
  throw new TemplateError(`unknown placeholder {${unknown}}: there ${known === '' ? 'are none' : `is ${known}`}`);
}

function checkShape({ name, on, invalidate }: RuleSpec, patternsMax: number, encoding: TextEncoding): void {
  const fail = (what: string, ...path: string[]): never => {
    throw new TemplateError(`rule ${shown(name)}: ${what}`, path);
  };
  if (name === '' || /[\x00-\x1f\x7f]/.test(name)) fail('expected a name without control characters', 'name');
  if (Buffer.byteLength(name, encoding) > RULE_NAME_BYTES_MAX)
    fail(`the name is longer than ${RULE_NAME_BYTES_MAX} bytes`, 'name');
  for (const [field, texts] of [['on', on] as const, ['invalidate', invalidate] as const]) {
    if (texts.length === 0) fail(`'${field}' is empty`, field);
    if (texts.length > patternsMax) fail(`more than ${patternsMax} texts in '${field}' (rule-patterns-max)`, field);
  }
  const sizeBytes = [...on, ...invalidate].reduce((sum, text) => sum + Buffer.byteLength(text, encoding), 0);
  if (
    sizeBytes > RULE_BYTES_MAX &&
    Math.max(...[...on, ...invalidate].map((text) => text.length)) <= RULE_TEXT_BYTES_MAX
  )
    fail(`longer than ${RULE_BYTES_MAX} bytes in all`);
}

/** A client's or operator's text in an error of one line. */
function shown(text: string): string {
  const line = text.replace(/[\x00-\x1f\x7f]/g, '?');
  return `'${line.length > 60 ? `${line.slice(0, 57)}...` : line}'`;
}
