/** Headers as undici gives them: lower-case names, latin1 values. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d\d[ -][A-Z][a-z]{2}[ -]\d{2,4} \d\d:\d\d:\d\d GMT$/;

/** All values of a header in one, as if it had been sent once. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** "Sun, 06 Nov 1994 08:49:37 GMT" or the form with dashes, ms; undefined if it is neither. Date.parse alone takes anything. */
export function dateOf(headers: Headers, name: string): number | undefined {
  const text = headers[name];
  const ms = typeof text === 'string' && HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

const RETRY_AFTER_MS_MAX = 86_400_000;

/** How long the origin wants to be left alone, ms; undefined if it did not say. Dates count from its own clock. */
export function retryAfterOf(headers: Headers): number | undefined {
  const text = headerOf(headers, 'retry-after')?.trim();
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Math.min(Number(text) * 1000, RETRY_AFTER_MS_MAX);
  const [at, now] = [dateOf(headers, 'retry-after'), dateOf(headers, 'date')];
  if (at === undefined || now === undefined) return undefined;
  return Math.min(Math.max(at - now, 0), RETRY_AFTER_MS_MAX);
}
