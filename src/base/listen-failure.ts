/** An address could not be listened on; `message` is the one line to show. */
export class ListenFailure extends Error {
  override name = 'ListenFailure';
}

/** `place` is the address as people write it; `cause` what node:net reported. */
export function listenFailure(place: string, cause: unknown): ListenFailure {
  return new ListenFailure(`cannot listen on ${place}: ${reasonOf(cause)}`);
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') return 'the address is in use by another process';
  if (code === 'EACCES') return 'permission denied';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address';
  return cause instanceof Error ? cause.message : String(cause);
}
