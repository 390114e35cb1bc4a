/**
 * The disk's failures, by name. `in-use`, `is-directory` and `symlink` are for the operator (the sidecar refuses to start), and so
 * is `unremovable`: what is in the file would be served by a later start. `unusable` means: go on without a disk layer; the others happen while it runs.
 */
export type DiskFailureCode =
  | 'in-use'
  | 'is-directory'
  | 'symlink'
  | 'unremovable'
  | 'unusable'
  | 'reads-full'
  | 'not-durable';

export class DiskFailure extends Error {
  override name = 'DiskFailure';

  constructor(
    readonly code: DiskFailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** The system's own code of an error (`ENOSPC`, `SQLITE_FULL`), or ''. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : '';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
