/** Longer request lines are refused here rather than by each origin in its own way. */
const PATH_LENGTH_MAX = 16_384;
/** What every server takes (RFC 9110): lists of ids are cut into several calls before they grow longer. */
export const LIST_PATH_LENGTH_MAX = 8_000;

const ENCODED = Array.from({ length: 256 }, (_, byte) => {
  const char = String.fromCharCode(byte);
  return /[A-Za-z0-9_.~-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/** Percent-encodes bytes (latin1): all but letters, digits and -._~, so it is one piece of a path or query, whatever it holds. */
export function encodeParam(value: string): string {
  let out = '';
  for (let i = 0; i < value.length; i++) out += ENCODED[value.charCodeAt(i) & 0xff]!;
  return out;
}

/**
 * Why this path may not be asked for, or undefined. Encoding leaves dots alone, and some servers decode %2F before they
 * resolve "..", so a segment that any of them could take for a step upwards is refused.
 */
export function pathRefusal(path: string): string | undefined {
  if (path.length > PATH_LENGTH_MAX) return `path longer than ${PATH_LENGTH_MAX} bytes`;
  const [beforeQuery = ''] = path.split('?', 1);
  const segments = beforeQuery.split(/\/|\\|%2f|%5c/i);
  return segments.some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment)) ? 'key makes a dot segment' : undefined;
}
