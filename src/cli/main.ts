import { Command, CommanderError } from 'commander';
import { COMMANDS } from './commands';
import { Context } from './context';
import { CliFailure, EXIT, EXIT_CODES_HELP, type ExitCode } from './exit-codes';
import type { Io } from './io';
import { wholeNumber } from './options';
import { safeText } from './render/bytes';

/**
 * Runs one command line (without node and script name) and resolves to its exit code (src/cli/exit-codes.ts). Everything
 * it reads or writes is in `io`; it never ends the process.
 */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const program = declareProgram(io);
  const context = new Context(io, program);
  for (const declare of COMMANDS) declare(program, context);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return explain(error, context);
  }
}

function declareProgram(io: Io): Command {
  return new Command('cachectl')
    .description('Looks into a Larder server, or any Redis, and tells it what to do.')
    .usage('[options] <command>')
    .option('-h, --host <host>', 'server address', '127.0.0.1')
    .option('-p, --port <port>', 'server port', wholeNumber(1, 65_535), 6380)
    .option('-s, --socket <path>', 'unix socket, instead of host and port')
    .option('-a, --password <password>', 'password; better in LARDER_PASSWORD, where others cannot see it')
    .option('-n, --db <number>', 'database', wholeNumber(0, 65_535))
    .option('--json', 'one JSON document on stdout; binary text as {"base64": "..."}')
    .option('--no-color', 'no colours (also with NO_COLOR set, and never into a pipe)')
    .version(io.version, '--version', 'print the version')
    .helpOption('--help', 'print help for the command')
    .addHelpText('after', EXIT_CODES_HELP)
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    })
    .showHelpAfterError('(cachectl --help shows what is possible)')
    .exitOverride();
}

function explain(error: unknown, context: Context): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const exitCode = exitCodeOf(error);
  if (exitCode === undefined) throw error;
  const { red } = context.paintOn(context.io.stderr.isTTY === true);
  context.io.stderr.write(`${red('cachectl:')} ${safeText((error as Error).message)}\n`);
  return exitCode;
}

function exitCodeOf(error: unknown): ExitCode | undefined {
  if (error instanceof CliFailure) return error.exitCode;
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'ConnectionError') return EXIT.connection;
  return error.name === 'ReplyError' ? EXIT.serverError : undefined;
}
