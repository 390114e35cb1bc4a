import { type Part, parseParts, refuseList, TemplateError, type TextEncoding } from './text-template';

/** One segment of a pattern (between colons): literals and placeholders in turn. */
type Segment = readonly Part[];

/**
 * A compiled pattern of keys or tags, such as `user:{id}`. Keys and patterns are cut at colons; within a segment every placeholder takes as little as it can,
 * the last literal is held to the segment's end, and nothing is tried twice: linear in the key, whatever the pattern.
 */
export class KeyPattern {
  /** Names of the placeholders, in order. */
  readonly names: readonly string[];
  /** The first segment if it is all literal, and whether more must follow; the index of `KeyTemplates` goes by it. */
  readonly firstLiteral: string | undefined;
  private readonly parts: readonly Part[];
  private readonly segments: readonly Segment[];
  private readonly endsInRest: boolean;

  /** Throws TemplateError: no braces closed, placeholders side by side or twice, a rest before the end. */
  constructor(
    readonly text: string,
    encoding: TextEncoding = 'utf8',
  ) {
    const parts = parseParts(text, encoding);
    checkParts(parts);
    this.parts = parts;
    this.segments = segmentsOf(parts);
    this.names = parts.filter((part) => typeof part !== 'string').map((part) => part.name);
    const last = parts.at(-1);
    this.endsInRest = typeof last === 'object' && last.isRest;
    const [first = []] = this.segments;
    this.firstLiteral =
      first.length === 0 ? '' : first.length === 1 && typeof first[0] === 'string' ? first[0] : undefined;
  }

  /** The key (latin1) that is taken apart into just these, or null: one is missing, empty, or would be cut elsewhere. */
  keyOf(params: ReadonlyMap<string, string>): string | null {
    const values = this.names.map((name) => params.get(name) ?? '');
    const key = this.parts.map((part) => (typeof part === 'string' ? part : (params.get(part.name) ?? ''))).join('');
    const taken = this.match(key);
    return taken?.every((value, i) => value === values[i]) === true ? key : null;
  }

  /** What the placeholders took, in order of `names` (latin1), or null. A placeholder takes at least one byte. */
  match(key: string): string[] | null {
    const taken: string[] = [];
    const last = this.segments.length - 1;
    let start = 0;
    for (let i = 0; i <= last; i++) {
      const colon = i === last && this.endsInRest ? -1 : key.indexOf(':', start);
      if ((colon === -1) !== (i === last)) return null;
      const end = colon === -1 ? key.length : colon;
      if (!matchSegment(this.segments[i]!, key, start, end, taken)) return null;
      start = end + 1;
    }
    return taken;
  }
}

function checkParts(parts: readonly Part[]): void {
  if (parts.length === 0) throw new TemplateError('expected a pattern such as user:{id}');
  const seen = new Set<string>();
  for (const [i, part] of parts.entries()) {
    if (typeof part === 'string') continue;
    refuseList(part);
    if (typeof parts[i + 1] === 'object') {
      throw new TemplateError(`put something between {${part.name}} and the placeholder after it`);
    }
    if (part.isRest && i !== parts.length - 1)
      throw new TemplateError(`{${part.name}*} takes the rest, so it must be last`);
    if (seen.has(part.name)) throw new TemplateError(`the placeholder {${part.name}} is there twice`);
    seen.add(part.name);
  }
}

function segmentsOf(parts: readonly Part[]): Segment[] {
  const segments: Part[][] = [[]];
  for (const part of parts) {
    const [head, ...tail] = typeof part === 'string' ? part.split(':') : [part];
    if (head !== '' && head !== undefined) segments.at(-1)!.push(head);
    for (const piece of tail) segments.push(piece === '' ? [] : [piece]);
  }
  return segments;
}

function matchSegment(segment: Segment, key: string, start: number, end: number, taken: string[]): boolean {
  let at = start;
  for (let i = 0; i < segment.length; i++) {
    const part = segment[i]!;
    if (typeof part === 'string') {
      if (!key.startsWith(part, at)) return false;
      at += part.length;
      continue;
    }
    const next = segment[i + 1] as string | undefined;
    const stop = next === undefined ? end : i + 2 === segment.length ? end - next.length : key.indexOf(next, at + 1);
    if (stop <= at || stop > end) return false;
    const value = key.slice(at, stop);
    if (!part.isRest && value.includes(':')) return false;
    taken.push(value);
    at = stop;
  }
  return at === end;
}
