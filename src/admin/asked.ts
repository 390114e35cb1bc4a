import { Refusal } from './refusal';
import { unescapeName } from './text';

export type Query = ReadonlyMap<string, string>;

/** A query string by bytes: names and values are latin1, `+` is a space. The first of each name counts. */
export function parseQuery(text: string): Query {
  const query = new Map<string, string>();
  for (const part of text.split('&', 64)) {
    const at = part.indexOf('=');
    const name = plain(at < 0 ? part : part.slice(0, at));
    if (name !== '' && !query.has(name)) query.set(name, at < 0 ? '' : plain(part.slice(at + 1)));
  }
  return query;
}

function plain(text: string): string {
  const bytes = unescapeName(text.replaceAll('+', ' '));
  if (bytes === undefined) throw new Refusal(400, 'the query is not percent-encoded as it should be');
  return bytes;
}

/** What a request asks for. Every reader throws Refusal with what was expected. */
export class Asked {
  constructor(
    private readonly query: Query,
    /** Of the path, as `:id`. */
    private readonly params: Readonly<Record<string, string>> = {},
    readonly body: unknown = undefined,
    /** Who asks, for the record. */
    readonly address = '',
  ) {}

  /** Bytes as latin1. */
  bytes(name: string): string {
    const value = this.query.get(name);
    if (value === undefined || value === '') throw new Refusal(400, `${name}= is missing (bytes, percent-encoded)`);
    return value;
  }

  param(name: string): string {
    return this.params[name] ?? '';
  }

  text(name: string): string | undefined {
    return this.query.get(name);
  }

  integer(name: string, standard: number, min: number, max: number): number {
    const text = this.query.get(name);
    if (text === undefined) return standard;
    const value = Number(text);
    if (!/^\d{1,15}$/.test(text) || value < min || value > max)
      throw new Refusal(400, `${name}= is a whole number from ${min} to ${max}`);
    return value;
  }

  oneOf<const W extends string>(name: string, words: readonly W[], standard: W): W {
    const text = this.query.get(name);
    if (text === undefined) return standard;
    const word = words.find((each) => each === text);
    if (word === undefined) throw new Refusal(400, `${name}= is one of ${words.join(', ')}`);
    return word;
  }
}
