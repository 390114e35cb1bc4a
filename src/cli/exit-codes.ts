/** What the shell is told. The texts are in `cachectl --help`; src/cli/README.md has the same table. */
export const EXIT = { ok: 0, no: 1, usage: 2, connection: 3, serverError: 4 } as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODES_HELP = `
Exit codes:
  0  done
  1  the answer is no: a miss, a condition not met, a line that could not be imported
  2  wrong usage, or a file that cannot be read or written
  3  no connection to the server, or it was lost
  4  the server answered with an error`;

/** Ends the command with one line on stderr and its exit code. */
export class CliFailure extends Error {
  override name = 'CliFailure';

  constructor(
    message: string,
    readonly exitCode: ExitCode,
  ) {
    super(message);
  }
}
