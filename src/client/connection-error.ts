/** No connection, or one that was lost: one line that says to whom and why. The request may or may not have been done. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

const REASONS = new Map([
  ['ECONNREFUSED', 'connection refused; is the server running?'],
  ['ENOENT', 'there is no such socket; is the server running?'],
  ['EACCES', 'permission denied'],
  ['ENOTFOUND', 'no such host'],
  ['EAI_AGAIN', 'the name could not be looked up'],
  ['EHOSTUNREACH', 'no route to the host'],
  ['ENETUNREACH', 'no route to the network'],
  ['ETIMEDOUT', 'no answer'],
  ['ECONNRESET', 'the server closed the connection'],
  ['EPIPE', 'the server closed the connection'],
]);

/** What a socket error code means, in words. */
export function reasonOf(error: NodeJS.ErrnoException): string {
  return REASONS.get(error.code ?? '') ?? error.message.split('\n', 1)[0] ?? 'unknown error';
}
