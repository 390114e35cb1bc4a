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

/** A placeholder in a text: one segment, or with `isRest` ("{name*}") all that is left. */
export interface Placeholder {
  name: string;
  isRest: boolean;
}

export type Part = string | Placeholder;

const PARTS_MAX = 64;

/**
 * Splits "user:{id}" into literals and placeholders. `{{` and `}}` stand for braces. Text from a file becomes latin1 of
 * its UTF-8 bytes, as keys are. Throws TemplateError.
 */
export function parseParts(text: string): Part[] {
  const parts: Part[] = [];
  let literal = '';
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  for (let at = 0; at < bytes.length; ) {
    const [token, name, star] = /^(?:\{\{|\}\}|\{([a-z_][a-z0-9_-]*)(\*?)\})/i.exec(bytes.slice(at, at + 80)) ?? [];
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
    parts.push({ name, isRest: star === '*' });
  }
  if (literal !== '') parts.push(literal);
  if (parts.length > PARTS_MAX) throw new TemplateError(`at most ${PARTS_MAX} parts`);
  return parts;
}

/** A text with placeholders to fill: a tag, a source key, a path. */
export class TextTemplate {
  private constructor(
    readonly text: string,
    private readonly parts: readonly Part[],
  ) {}

  /** Throws TemplateError if it names a placeholder that is not in `known`. */
  static parse(text: string, known: readonly string[]): TextTemplate {
    const parts = parseParts(text);
    for (const part of parts) {
      if (typeof part === 'string') continue;
      if (part.isRest) throw new TemplateError(`write {${part.name}} here; the star belongs into 'match'`);
      if (!known.includes(part.name)) {
        const have = known.length === 0 ? 'has none' : `has ${known.map((name) => `{${name}}`).join(', ')}`;
        throw new TemplateError(`unknown placeholder {${part.name}}: 'match' ${have}`);
      }
    }
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
}
