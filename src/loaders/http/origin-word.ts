import { type Headers, headerOf } from './headers';

/**
 * What an origin may say about its answer, in headers of ours: larder-ttl, larder-tags, larder-depends-on, larder-cost,
 * larder-failed. One that cannot be understood makes the load fail: a tag left out would be a value that nobody can kill.
 */
export interface OriginWord {
  /** 0: not to be stored. */
  ttlMs?: number;
  tags?: string[];
  sources?: string[];
  costUs?: number;
  /** Of a batch: what could not be loaded, as it stood in the list. */
  failed?: ReadonlySet<string>;
}

/** The header's name if it cannot be understood. */
export type Misunderstood = string;

const UNITS = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);

/** `tagsHeader`: another header of tags, such as surrogate-key. */
export function wordOf(headers: Headers, tagsHeader: string | undefined): OriginWord | Misunderstood {
  const word: OriginWord = {};
  const ttlMs = durationOf(headers, 'larder-ttl', 's');
  if (Number.isNaN(ttlMs)) return 'larder-ttl';
  if (ttlMs !== undefined) word.ttlMs = ttlMs;
  const costMs = durationOf(headers, 'larder-cost', 'ms');
  if (Number.isNaN(costMs)) return 'larder-cost';
  if (costMs !== undefined) word.costUs = Math.round(costMs * 1000);
  const tags: string[] = [];
  for (const name of ['larder-tags', ...(tagsHeader === undefined ? [] : [tagsHeader])]) {
    const list = listOf(headers, name);
    if (list === null) return name;
    tags.push(...list);
  }
  if (tags.length > 0) word.tags = tags;
  const sources = listOf(headers, 'larder-depends-on');
  if (sources === null) return 'larder-depends-on';
  if (sources.length > 0) word.sources = sources;
  const failed = listOf(headers, 'larder-failed');
  if (failed === null) return 'larder-failed';
  if (failed.length > 0) word.failed = new Set(failed);
  return word;
}

/** Milliseconds; NaN for what is no duration. */
function durationOf(headers: Headers, name: string, unit: 'ms' | 's'): number | undefined {
  const text = headerOf(headers, name)?.trim();
  if (text === undefined) return undefined;
  const [, digits, written] = /^(\d{1,10}(?:\.\d{1,3})?)([a-z]{0,2})$/i.exec(text) ?? [];
  return Number(digits) * (UNITS.get(written?.toLowerCase() || unit) ?? Number.NaN);
}

/** Words between commas and spaces, percent-decoded to bytes (latin1); null if a percent sign stands for nothing. */
function listOf(headers: Headers, name: string): string[] | null {
  const words = (headerOf(headers, name) ?? '').split(/[\s,]+/).filter((word) => word !== '');
  if (words.some((word) => /%(?![0-9a-f]{2})/i.test(word))) return null;
  return words.map((word) => word.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))));
}
