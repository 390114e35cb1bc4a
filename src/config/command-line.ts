import { Command, CommanderError, Option } from 'commander';
import { ConfigError } from './config-error';
import type { Setting } from './setting';
import { SETTINGS, SETTINGS_BY_GROUP } from './settings';

export type CommandLine =
  | { kind: 'run'; file: string | undefined; flags: ReadonlyMap<string, string>; checkOnly: boolean }
  /** --help or --version: print and exit 0. */
  | { kind: 'print'; text: string };

/**
 * Reads `larder [config.yaml] [--port 6380] ... [--check-config] [--help] [--version]`; `argv` without node and script.
 * Values are not judged here. Throws ConfigError on an unknown flag, a flag without value or a second file.
 */
export function parseCommandLine(argv: readonly string[], version = ''): CommandLine {
  let printed = '';
  const command = build(version).configureOutput({ writeOut: (text) => (printed += text), writeErr: () => {} });
  try {
    command.parse(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'print', text: printed };
    throw new ConfigError(error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '));
  }
  const flags = new Map<string, string>();
  for (const row of SETTINGS) {
    const text: unknown = command.getOptionValue(attributeOf(row));
    if (typeof text === 'string') flags.set(row.name, text);
  }
  return { kind: 'run', file: command.args[0], flags, checkOnly: command.getOptionValue('checkConfig') === true };
}

function build(version: string): Command {
  const command = new Command('larder')
    .description('A cache sidecar that speaks the Redis protocol: memory over disk over the origin.')
    .argument('[config.yaml]', 'settings, sources and key templates; every flag can be a line in it')
    .configureHelp({ helpWidth: 120 })
    .exitOverride()
    .allowExcessArguments(false)
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this')
    .addOption(new Option('--check-config', 'read the configuration, say what is wrong with it, and end'))
    .addHelpText(
      'after',
      '\nEvery setting is also a variable: LARDER_MAXMEMORY=512mb. Flags go before variables, these before the file.',
    );
  for (const [group, rows] of Object.entries(SETTINGS_BY_GROUP)) {
    for (const row of rows as readonly Setting[]) command.addOption(optionOf(row).helpGroup(`Settings: ${group}`));
  }
  return command;
}

function optionOf(row: Setting): Option {
  const standard = row.kind.print(row.default);
  return new Option(`--${row.name} <${row.kind.placeholder}>`, `${row.doc} (${standard === '' ? '""' : standard})`);
}

function attributeOf(row: Setting): string {
  return new Option(`--${row.name} <value>`).attributeName();
}
