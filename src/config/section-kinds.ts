import { z } from 'zod';
import { mismatch } from './config-error';
import { duration, type Kind, type Parsed } from './kinds';

/**
 * What the values of sections may be. Everything arrives as text (see config-file.ts), so the kinds of the settings read
 * these values too, with the same words in their errors.
 */

export const LIST_LENGTH_MAX = 10_000;

export function as<T>(kind: Pick<Kind<T>, 'parse' | 'isSecret'>) {
  return z.string().transform((text, context): T => {
    const parsed = kind.parse(text);
    if (parsed.ok) return parsed.value;
    context.addIssue({ code: 'custom', message: mismatch(kind, parsed.expected, text) });
    return z.NEVER;
  });
}

export function matching(pattern: RegExp, expected: string, isSecret = false) {
  return as<string>({
    isSecret,
    parse: (text): Parsed<string> => (pattern.test(text) ? { ok: true, value: text } : { ok: false, expected }),
  });
}

/** "10%" or "0.1", as a share; undefined if it is none. */
export function parseShare(text: string): number | undefined {
  const [, digits, percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
  const value = Number(digits) / (percent === '%' ? 100 : 1);
  return value <= 1 ? value : undefined;
}

export const share = as<number>({
  parse(text) {
    const value = parseShare(text);
    return value === undefined ? { ok: false, expected: 'a share such as 10%' } : { ok: true, value };
  },
});

export const ttl = as(duration('s'));
export const timeout = as(duration('ms', { min: 1, max: 3_600_000 }));
export const nonEmpty = matching(/^[^\x00-\x1f\x7f]+$/, 'a line of text');
export const texts = z.array(nonEmpty).max(LIST_LENGTH_MAX);

export const headers = z.record(
  matching(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, 'the name of a header'),
  matching(/^[\x20-\x7e]*$/, 'a header value in printable ASCII', true),
);

/** Adds an issue for each field that is given and not one of `allowed`. */
export function refuseOthers(given: object, allowed: readonly string[], what: string, context: z.RefinementCtx): void {
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || allowed.includes(name)) continue;
    context.addIssue({ code: 'custom', path: [name], message: `${what} has no '${name}', only ${allowed.join(', ')}` });
  }
}
