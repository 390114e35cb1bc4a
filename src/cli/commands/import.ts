import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Context, Declare, Result } from '../context';
import { CliFailure, EXIT, type ExitCode } from '../exit-codes';
import type { Connection } from '../io';
import { progressBar } from '../progress';
import { safeText } from '../render/bytes';
import { BadLine } from '../snapshot/format';
import { type ImportCounts, Importer } from '../snapshot/import';

/** Lines named on stderr; the rest are only counted. */
const COMPLAINTS_MAX = 100;

export const importCommand: Declare = (program, context) => {
  program
    .command('import')
    .description('store the entries of a snapshot file, each in its database, or all in the one that -n names')
    .argument('<file>', 'file, or - for stdin')
    .option('--strict', 'stop at the first line that cannot be imported')
    .action((file: string, flags: { strict?: true }) =>
      context.run((connection) => importFrom(context, connection, file, flags.strict === true)),
    );
};

async function importFrom(context: Context, connection: Connection, file: string, strict: boolean): Promise<Result> {
  const { stdin, stderr } = context.io;
  const size = file === '-' ? 0 : await stat(file).then(({ size }) => size, unreadable(file));
  const bar = progressBar(context, 'import', size, 'bytes');
  let complaints = 0;
  const complain = (line: number, problem: string) => {
    if (++complaints <= COMPLAINTS_MAX) stderr.write(`line ${line}: ${safeText(problem)}\n`);
  };
  const options = context.db === undefined ? { strict } : { strict, db: context.db };
  const source = file === '-' ? stdin : createReadStream(file, { highWaterMark: 1024 * 1024 });
  try {
    const counts = await new Importer(connection, options, complain).run(source as AsyncIterable<Buffer>, bar.update);
    if (complaints > COMPLAINTS_MAX) stderr.write(`... and ${complaints - COMPLAINTS_MAX} more lines\n`);
    return { json: { file, ...counts }, human: () => summary(counts), exit: exitOf(counts) };
  } catch (error) {
    if (error instanceof BadLine) throw new CliFailure(`${file}: line 1: ${error.message}`, EXIT.usage);
    if (isFileError(error)) return unreadable(file)(error);
    throw error;
  } finally {
    bar.stop();
  }
}

function summary({ imported, bad, failed, refused }: ImportCounts): string {
  const others: [number, string][] = [
    [bad, 'bad lines'],
    [failed, 'refused with an error'],
    [refused, 'not stored'],
  ];
  const told = others.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`${imported} ${imported === 1 ? 'entry' : 'entries'} imported`, ...told].join(', ');
}

function exitOf({ bad, failed, refused }: ImportCounts): ExitCode {
  if (failed > 0) return EXIT.serverError;
  return bad + refused > 0 ? EXIT.no : EXIT.ok;
}

function isFileError(error: unknown): error is Error {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

function unreadable(file: string): (error: Error) => never {
  return (error) => {
    throw new CliFailure(`cannot read ${file}: ${error.message}`, EXIT.usage);
  };
}
