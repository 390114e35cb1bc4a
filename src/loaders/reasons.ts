/** What went wrong on the way to a source, in words for a client: from codes only, never from text that others wrote. */
const REASONS = new Map([
  ['ECONNREFUSED', 'connection refused'],
  ['ECONNRESET', 'connection lost'],
  ['EPIPE', 'connection lost'],
  ['UND_ERR_SOCKET', 'connection lost'],
  ['ENOTFOUND', 'host not found'],
  ['EAI_AGAIN', 'host not found'],
  ['EHOSTUNREACH', 'host unreachable'],
  ['ENETUNREACH', 'host unreachable'],
  ['ETIMEDOUT', 'connecting took too long'],
  ['UND_ERR_CONNECT_TIMEOUT', 'connecting took too long'],
  ['UND_ERR_HEADERS_OVERFLOW', 'response headers too large'],
  ['Z_BUF_ERROR', 'response ended early'],
  ['Z_DATA_ERROR', 'response cannot be unpacked'],
  ['ERR_STREAM_PREMATURE_CLOSE', 'response ended early'],
  ['PRIVATE_ADDRESS', 'host has a private address (private-addresses)'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'response ended early'],
]);

export function reasonOf(error: unknown): string {
  const { code: given, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  const code = String(given ?? '');
  if (code.startsWith('ERR_BROTLI_') || code.startsWith('ERR__ERROR_')) return 'response cannot be unpacked';
  if (name === 'HTTPParserError') return 'response is not valid HTTP';
  return REASONS.get(code) ?? (/^[A-Z][A-Z0-9_]{1,40}$/.test(code) ? `failed (${code})` : 'failed');
}
