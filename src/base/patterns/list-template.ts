import { type Part, parseParts, refuseStar, refuseUnknown, TemplateError } from './text-template';

/**
 * A text for one call that may ask for several keys: "/users?ids={id,}". All keys of a call share what the other
 * placeholders stand for.
 */
export class ListTemplate {
  /** Placeholders in it, each once, that of the list too. */
  readonly names: readonly string[];
  /** The placeholder of the list; undefined: it is for one key. */
  readonly list: string | undefined;

  private constructor(
    readonly text: string,
    private readonly parts: readonly Part[],
  ) {
    this.names = [...new Set(parts.flatMap((part) => (typeof part === 'string' ? [] : [part.name])))];
    const list = parts.find((part) => typeof part === 'object' && part.isList);
    this.list = typeof list === 'object' ? list.name : undefined;
  }

  /** Throws TemplateError: a placeholder that is not in `known`, or more than one list. */
  static parse(text: string, known: readonly string[]): ListTemplate {
    const parts = parseParts(text);
    refuseStar(parts, "'match'");
    const lists = parts.flatMap((part) => (typeof part === 'object' && part.isList ? [part.name] : []));
    if (lists.length > 1) throw new TemplateError(`one list is enough: {${lists[0]},} is there already`);
    const template = new ListTemplate(text, parts);
    refuseUnknown(template.names, known);
    if (parts.some((part) => typeof part === 'object' && !part.isList && part.name === lists[0])) {
      throw new TemplateError(`{${lists[0]}} differs from key to key of {${lists[0]},}`);
    }
    return template;
  }

  /** It is the list and nothing else. */
  get isOnlyList(): boolean {
    return this.parts.length === 1 && this.list !== undefined;
  }

  /**
   * Latin1. `encode` is applied to what fills the placeholders, never to the literal parts. `listed` are the values of the
   * list, joined by commas; those of `params` otherwise.
   */
  expand(
    params: ReadonlyMap<string, string>,
    encode: (value: string) => string = (value) => value,
    listed?: readonly string[],
  ): string {
    let out = '';
    for (const part of this.parts) {
      if (typeof part === 'string') out += part;
      else if (part.isList && listed !== undefined) out += listed.map(encode).join(',');
      else out += encode(params.get(part.name) ?? '');
    }
    return out;
  }
}
