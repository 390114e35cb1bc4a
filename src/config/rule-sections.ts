import {
  type CompiledRule,
  checkNames,
  compileRule,
  openTemplate,
  patternsTried,
  type RuleSpec,
} from '../base/patterns/tag-rule';
import { TemplateError } from '../base/patterns/text-template';
import type { Sections } from './sections';
import type { Config } from './settings';

/** `writes` and `rules`, checked. All texts are latin1 of their bytes. */
export interface RuleSections {
  readonly rules: readonly RuleSpec[];
  /** Templates of the tags by type. */
  readonly writes: ReadonlyMap<string, readonly string[]>;
  readonly warnings: readonly string[];
}

type Limits = Pick<Config, 'rulesMax' | 'rulePatternsMax' | 'ruleTriesMax'>;

/** Throws TemplateError with the path of what is wrong. */
export function compileRuleSections(
  { writes, rules }: Pick<Sections, 'writes' | 'rules'>,
  limits: Limits,
): RuleSections {
  const warnings: string[] = [];
  if (rules.length > limits.rulesMax) {
    throw new TemplateError(`expected at most ${limits.rulesMax} rules (rules-max), got ${rules.length}`, ['rules']);
  }
  const seen = new Set<string>();
  const compiled: CompiledRule[] = [];
  const specs = rules.map((section, i): RuleSpec => {
    const { name, on, invalidate, context, soft = false, priority = 0 } = section;
    const spec: RuleSpec = { name, on, invalidate, context, soft, priority };
    if (seen.has(name)) throw new TemplateError(`there are two rules '${name}'`, ['rules', i, 'name']);
    seen.add(name);
    compiled.push(under(['rules', i], () => compileRule(spec, limits.rulePatternsMax)));
    const { contextNames } = compiled.at(-1)!;
    const tries = patternsTried(compiled);
    if (tries > limits.ruleTriesMax)
      throw new TemplateError(`rule '${name}': a tag would be held against ${tries} patterns (rule-tries-max)`, [
        'rules',
        i,
      ]);
    if (context === undefined) warnings.push(...contextNames.map((field) => doubt(`rules[${i}] (${name})`, field)));
    return latin1Rule(spec);
  });
  const templates = Object.entries(writes).map(([type, { tags, context }]) => {
    for (const [i, text] of tags.entries()) {
      under(['writes', type, 'tags', i], () => {
        const open = checkNames(openTemplate(text, 'patterns'), new Set(['id']), context);
        if (context === undefined) warnings.push(...open.map((field) => doubt(`writes.${type}`, field)));
      });
    }
    return [latin1(type), tags.map(latin1)] as const;
  });
  return { rules: specs, writes: new Map(templates), warnings };
}

/** Perhaps a slip of the pen: it is only heard of when nothing dies. */
function doubt(place: string, field: string): string {
  return `${place}: only a CONTEXT field can fill {${field}}; name it in 'context' if that is meant`;
}

function under<T>(path: readonly (string | number)[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(error.message, [...path, ...error.path]) : error;
  }
}

function latin1Rule(spec: RuleSpec): RuleSpec {
  return {
    ...spec,
    name: latin1(spec.name),
    on: spec.on.map(latin1),
    invalidate: spec.invalidate.map(latin1),
  };
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
