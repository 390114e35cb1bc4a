import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import type { Context, Declare, Result } from '../context';
import { CliFailure, EXIT } from '../exit-codes';
import { type Connection, writeAll } from '../io';
import { progressBar } from '../progress';
import { numberOf } from '../replies';
import { exportDatabase } from '../snapshot/export';
import { headerLine } from '../snapshot/format';

export const exportCommand: Declare = (program, context) => {
  program
    .command('export')
    .description('write the database into a snapshot file (NDJSON) with time to live and tags')
    .argument('<file>', 'file, or - for stdout')
    .option('--match <pattern>', 'only keys that match, like user:*')
    .action((file: string, flags: { match?: string }) =>
      context.run((connection) => exportTo(context, connection, file, flags.match)),
    );
};

async function exportTo(
  context: Context,
  connection: Connection,
  file: string,
  match: string | undefined,
): Promise<Result> {
  const bar = progressBar(context, 'export', numberOf(await connection.call('DBSIZE')), 'keys');
  const options = { db: context.db ?? 0, ...(match === undefined ? {} : { match }) };
  const toStdout = file === '-';
  const sink = toStdout ? stdoutSink(context) : await fileSink(file);
  try {
    await sink.write(headerLine(context.io.wallMs()));
    const counts = await exportDatabase(connection, options, sink.write, bar.update);
    await sink.finish();
    const { exported, vanished, skipped } = counts;
    const others = [vanished > 0 ? `${vanished} vanished meanwhile` : '', skipped > 0 ? `${skipped} skipped` : ''];
    const summary = [`${exported} ${exported === 1 ? 'entry' : 'entries'} exported`, ...others.filter(Boolean)].join(
      ', ',
    );
    return toStdout ? { note: summary } : { json: { file, ...counts }, human: () => summary };
  } finally {
    bar.stop();
  }
}

interface Sink {
  write(text: string): Promise<void>;
  finish(): Promise<void>;
}

function stdoutSink({ io }: Context): Sink {
  return { write: (text) => writeAll(io.stdout, text), finish: async () => {} };
}

/** The file appears under its name when it is whole. */
async function fileSink(file: string): Promise<Sink> {
  const partial = `${file}.partial`;
  const refuse = (error: Error): never => {
    throw new CliFailure(`cannot write ${file}: ${error.message}`, EXIT.usage);
  };
  const stream = createWriteStream(partial);
  await once(stream, 'open').catch(refuse);
  // Each write reports its own failure; without a listener the event would end the process.
  stream.on('error', () => {});
  return {
    write: (text) => writeAll(stream, text).catch(refuse),
    async finish() {
      await new Promise<void>((resolve) => stream.end(resolve));
      await rename(partial, file).catch(refuse);
    },
  };
}
