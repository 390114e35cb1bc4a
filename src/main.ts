import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import pretty from 'pino-pretty';
import { systemWorld } from './base/system-world';
import { type Config, ConfigError, loadConfig, parseCommandLine, readMachineLimits } from './config';
import { Sidecar, StartFailure } from './sidecar';

/** What the process ends with. */
const EXIT = { ok: 0, runtime: 1, start: 2, broken: 70 } as const;

/** Lines beyond this many bytes are dropped while nobody reads the log: a stalled reader must not stall the server. */
const LOG_BYTES_MAX = 4 * 1024 * 1024;
const DESTINATION = { dest: 1, sync: false, maxLength: LOG_BYTES_MAX };
/** The last lines have this long to go out. */
const LOG_FLUSH_MS = 200;

const VERSION: string = JSON.parse(readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')).version;

/** `bin/larder`: reads the configuration, starts, and ends in order on SIGTERM or SIGINT. */
export function main(argv: readonly string[]): void {
  try {
    const commandLine = parseCommandLine(argv, VERSION);
    if (commandLine.kind === 'print') {
      process.stdout.write(commandLine.text);
      return;
    }
    const loaded = loadConfig({
      commandLine,
      env: process.env,
      readFile: (path) => readFileSync(path),
      writeFile: replaceFile,
      cwd: process.cwd(),
      limits: readMachineLimits((path) => readFileSync(path)),
    });
    if (commandLine.checkOnly) {
      for (const warning of loaded.warnings) process.stderr.write(`larder: warning: ${warning}\n`);
      process.stdout.write('larder: the configuration is good\n');
      return;
    }
    void run(loaded);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`larder: ${error.message}\n`);
    process.exitCode = EXIT.start;
  }
}

async function run(loaded: ReturnType<typeof loadConfig>): Promise<void> {
  const log = makeLog(loaded.config);
  for (const warning of loaded.warnings) log.warn(warning);
  loaded.settings.onChange('log-level', (level) => {
    log.level = level;
  });
  const end = (code: number) => {
    setTimeout(() => process.exit(code), LOG_FLUSH_MS);
    log.flush(() => process.exit(code));
  };
  const broken = (failure: unknown) => {
    log.fatal({ err: failure }, 'broken: stopping, the disk layer gives a warm restart');
    end(EXIT.broken);
  };
  process.on('uncaughtException', broken);
  process.on('unhandledRejection', broken);
  try {
    const sidecar = new Sidecar({ ...loaded, world: systemWorld(log), version: VERSION, env: process.env, exit: end });
    const started = sidecar.start();
    listenForSignals(sidecar, started, log, end);
    await started;
  } catch (failure) {
    if (!(failure instanceof StartFailure)) throw failure;
    process.stderr.write(`larder: ${failure.message}\n`);
    end(EXIT.start);
  }
}

/** The first signal ends in order, once the start is through; a second one at once. A start that fails ends by itself. */
function listenForSignals(sidecar: Sidecar, started: Promise<void>, log: Logger, end: (code: number) => void): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) end(EXIT.runtime);
    stopping = true;
    log.info({ signal }, 'stopping');
    const stopped = () =>
      sidecar.stop().then(
        () => end(EXIT.ok),
        (failure: unknown) => {
          log.error({ err: failure }, 'could not stop in order');
          end(EXIT.runtime);
        },
      );
    started.then(stopped, () => {});
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
}

function makeLog(config: Config): Logger {
  const options = {
    level: config.logLevel,
    ...(config.name !== '' && { name: config.name }),
    base: { pid: process.pid },
  };
  if (config.logFormat === 'json') return pino(options, pino.destination(DESTINATION));
  const colorize = process.stdout.isTTY;
  return pino(
    options,
    pretty({ colorize, translateTime: 'SYS:HH:MM:ss.l', ignore: 'pid', destination: pino.destination(DESTINATION) }),
  );
}

/** Whole or not at all. */
function replaceFile(path: string, text: string): void {
  const next = `${path}.${process.pid}.tmp`;
  writeFileSync(next, text);
  renameSync(next, path);
}
