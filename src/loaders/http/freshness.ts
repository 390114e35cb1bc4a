import { dateOf, type Headers, headerOf } from './headers';

const SECONDS_MAX = 315_360_000; // 10 years

/** `ttlMs` undefined: the origin did not say. */
export type Freshness = { store: true; ttlMs: number | undefined } | { store: false };

const NOT_STORED: Freshness = { store: false };

/**
 * Cache-Control, Age and Expires as a shared cache reads them (RFC 9111): s-maxage before max-age before Expires, less
 * the age it has already. What is private, not to be stored, to be asked about each time, or stale on arrival is not stored.
 */
export function freshnessOf(headers: Headers): Freshness {
  const directives = directivesOf(headerOf(headers, 'cache-control') ?? '');
  if (['no-store', 'no-cache', 'private'].some((name) => directives.has(name))) return NOT_STORED;
  const lifetime = lifetimeOf(directives, headers);
  if (lifetime === undefined) return { store: true, ttlMs: undefined };
  const left = lifetime - (secondsOf(headerOf(headers, 'age')) ?? 0);
  return left > 0 ? { store: true, ttlMs: left * 1000 } : NOT_STORED;
}

/** Seconds; 0 for what cannot be understood, as that may not be taken for fresh. */
function lifetimeOf(directives: ReadonlyMap<string, string>, headers: Headers): number | undefined {
  for (const name of ['s-maxage', 'max-age']) {
    const given = directives.get(name);
    if (given !== undefined) return secondsOf(given) ?? 0;
  }
  if (headers.expires === undefined) return undefined;
  const [until, now] = [dateOf(headers, 'expires'), dateOf(headers, 'date')];
  if (until === undefined || now === undefined) return 0;
  return Math.min(Math.max(Math.floor((until - now) / 1000), 0), SECONDS_MAX);
}

function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Math.min(Number(text), SECONDS_MAX) : undefined;
}

/** Of a directive that is there twice the first counts. */
function directivesOf(text: string): Map<string, string> {
  const directives = new Map<string, string>();
  for (const [, name, quoted, plain] of text.matchAll(/([!#$%&'*+.^_`|~0-9a-z-]+)(?:=(?:"([^"]*)"|([^\s,]*)))?/gi)) {
    const lower = name!.toLowerCase();
    if (!directives.has(lower)) directives.set(lower, quoted ?? plain ?? '');
  }
  return directives;
}
