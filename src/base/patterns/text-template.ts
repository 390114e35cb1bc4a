/** A pattern or template is not what it may be. `path` is filled in by whoever knows where it stands. */
export class TemplateError extends Error {
  override name = 'TemplateError';

  constructor(
    message: string,
    readonly path: readonly (string | number)[] = [],
  ) {
    super(message);
  }
}

/** A placeholder in a text: one segment, with `isRest` ("{name*}") all that is left, with `isList` ("{name,}") those of several keys. */
export interface Placeholder {
  name: string;
  isRest: boolean;
  isList: boolean;
}

export type Part = string | Placeholder;

/** Text of a file is UTF-8, to be turned into the latin1 of its bytes, as keys are; a client's is latin1 already. */
export type TextEncoding = 'utf8' | 'latin1';

const PARTS_MAX = 64;

/** Splits "user:{id}" into literals (latin1) and placeholders. `{{` and `}}` stand for braces. Throws TemplateError. */
export function parseParts(text: string, encoding: TextEncoding = 'utf8'): Part[] {
  const parts: Part[] = [];
  let literal = '';
  const bytes = encoding === 'utf8' ? Buffer.from(text, 'utf8').toString('latin1') : text;
  for (let at = 0; at < bytes.length; ) {
    const [token, name, mark] = /^(?:\{\{|\}\}|\{([a-z_][a-z0-9_-]*)([*,]?)\})/i.exec(bytes.slice(at, at + 80)) ?? [];
    const char = bytes[at]!;
    if (token === undefined && (char === '{' || char === '}')) {
      throw new TemplateError(
        `expected a placeholder such as {id} at '${text.slice(0, 60)}' (a brace itself is {{ or }})`,
      );
    }
    at += token?.length ?? 1;
    if (name === undefined) {
      literal += char;
      continue;
    }
    if (literal !== '') parts.push(literal);
    literal = '';
    parts.push({ name, isRest: mark === '*', isList: mark === ',' });
  }
  if (literal !== '') parts.push(literal);
  if (parts.length > PARTS_MAX) throw new TemplateError(`at most ${PARTS_MAX} parts`);
  return parts;
}

/** Throws TemplateError for a list of keys where one key is meant. */
export function refuseList({ name, isList }: Placeholder): void {
  if (isList) throw new TemplateError(`write {${name}} here; {${name},} stands for several keys, in a 'load' only`);
}

export function refuseStar(parts: readonly Part[], pattern: string): void {
  for (const part of parts) {
    if (typeof part === 'string' || !part.isRest) continue;
    throw new TemplateError(`write {${part.name}} here; the star belongs into ${pattern}`);
  }
}

export function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  for (const name of names) {
    if (known.includes(name)) continue;
    const have = known.length === 0 ? 'has none' : `has ${known.map((each) => `{${each}}`).join(', ')}`;
    throw new TemplateError(`unknown placeholder {${name}}: 'match' ${have}`);
  }
}

/** A text with placeholders to fill: a tag, a source key, a path. */
export class TextTemplate {
  /** Placeholders in it, each once. */
  readonly names: readonly string[];

  private constructor(
    readonly text: string,
    private readonly parts: readonly Part[],
  ) {
    this.names = [...new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name])))];
  }

  /** Throws TemplateError if it names a placeholder that is not in `known`. */
  static parse(text: string, known: readonly string[]): TextTemplate {
    const template = TextTemplate.open(text, "'match'");
    refuseUnknown(template.names, known);
    return template;
  }

  /** Whatever placeholders it names; `pattern` is what the operator calls the place where a star may stand. */
  static open(text: string, pattern: string, encoding: TextEncoding = 'utf8'): TextTemplate {
    const parts = parseParts(text, encoding);
    refuseStar(parts, pattern);
    for (const part of parts) if (typeof part === 'object') refuseList(part);
    return new TextTemplate(text, parts);
  }

  /** Latin1. `encode` is applied to what fills the placeholders, never to the literal parts. */
  expand(params: ReadonlyMap<string, string>, encode?: (value: string) => string): string {
    let out = '';
    for (const part of this.parts) {
      if (typeof part === 'string') {
        out += part;
        continue;
      }
      const value = params.get(part.name) ?? '';
      out += encode === undefined ? value : encode(value);
    }
    return out;
  }

  /** Latin1; null if one of the placeholders is neither in `params` nor in `others`. */
  fill(params: ReadonlyMap<string, string>, others: ReadonlyMap<string, string>): string | null {
    let out = '';
    for (const part of this.parts) {
      const value = typeof part === 'string' ? part : (params.get(part.name) ?? others.get(part.name));
      if (value === undefined) return null;
      out += value;
    }
    return out;
  }
}
