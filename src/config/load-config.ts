import { dirname, resolve } from 'node:path';
import { TemplateError } from '../base/patterns/text-template';
import { type AlertSections, compileAlerts } from './alerts-section';
import { type CommandLine, parseCommandLine } from './command-line';
import { ConfigError, mismatch, quoted } from './config-error';
import { ConfigFile, type Tree } from './config-file';
import { clientsMax, type MachineLimits } from './machine-limits';
import { findDisagreement } from './relations';
import { compileRuleSections, type RuleSections } from './rule-sections';
import { explain, knownNames, SECTION_NAMES, SECTIONS, type Sections } from './sections';
import { type Setting, variableOf } from './setting';
import { type Config, findSetting, SETTINGS } from './settings';
import { configOf, Settings } from './settings-runtime';
import { compileSources, type SourceConfig } from './source-section';
import { didYouMean } from './suggest';
import { compileTemplates, type KeyTemplates } from './templates';
import { compileWarm, type WarmSections } from './warm-section';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigInput {
  /** Without node and script. */
  argv?: readonly string[];
  /** Instead of argv, if it was parsed already. */
  commandLine?: CommandLine;
  env: Environment;
  /** Throws what node:fs throws. */
  readFile(path: string): Buffer;
  /** For CONFIG REWRITE: replaces the file whole. */
  writeFile?(path: string, text: string): void;
  /** Relative names are relative to this. */
  cwd: string;
  limits?: MachineLimits;
}

export interface Loaded {
  settings: Settings;
  /** The same as settings.config. */
  config: Config;
  sections: Sections;
  /** `sources`, by name. */
  sources: ReadonlyMap<string, SourceConfig>;
  templates: KeyTemplates;
  /** `writes` and `rules`, checked. */
  rules: RuleSections;
  /** `warm` and `lists`, checked. */
  warm: WarmSections;
  /** `alerts`, checked, with the rules that are there by default. */
  alerts: AlertSections;
  /** Absolute; undefined without a file. */
  file: string | undefined;
  /** To be logged once the log is there. */
  warnings: readonly string[];
}

/** Where a value came from, for its error. */
type Fail = (what: string) => never;
type Given = Map<string, { text: Tree; fail: Fail; label: string }>;

/** Defaults, then the file, then variables, then flags. Throws ConfigError with file, line and what was expected. */
export function loadConfig(input: ConfigInput): Loaded {
  const commandLine = input.commandLine ?? parseCommandLine(input.argv ?? []);
  if (commandLine.kind !== 'run') throw new ConfigError('nothing to load: --help and --version only print');
  const warnings: string[] = [];
  const file = commandLine.file === undefined ? undefined : readConfigFile(commandLine.file, input);
  const sections = parseSections(file);
  const given: Given = new Map();
  takeFile(given, file);
  takeVariables(given, input.env, warnings);
  takeFlags(given, commandLine.flags);
  const values = parseAll(given, input.cwd);
  fitMachine(values, given, input.limits ?? {}, warnings);
  checkTogether(values, given);
  const config = configOf(values) as unknown as Config;
  const path = commandLine.file === undefined ? undefined : resolve(input.cwd, commandLine.file);
  const folder = path === undefined ? input.cwd : dirname(path);
  const sources = compileSources(sections.sources, folder);
  const templates = compiled(file, () => compileTemplates(sections, { sources, prefixes: config.keyPrefixes, folder }));
  const rules = compiled(file, () => compileRuleSections(sections, config));
  warnings.push(...rules.warnings);
  const warm = compiled(file, () => compileWarm(sections, { sources, templates, folder, databases: config.databases }));
  warnings.push(...warm.warnings);
  const patterns = templates.list.map(({ match }) => match);
  const alerts = compiled(file, () => compileAlerts(sections.alerts, patterns));

  const { readFile, writeFile } = input;
  const rewritable = path !== undefined && writeFile !== undefined;
  const settings = new Settings(
    values,
    input.limits,
    rewritable
      ? { name: commandLine.file!, read: () => readFile(path), write: (text) => writeFile(path, text) }
      : undefined,
  );
  return { settings, config: settings.config, sections, sources, templates, rules, warm, alerts, file: path, warnings };
}

function readConfigFile(name: string, { readFile, cwd, env }: ConfigInput): ConfigFile {
  let bytes: Buffer;
  try {
    bytes = readFile(resolve(cwd, name));
  } catch (error) {
    throw new ConfigError(
      `cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`,
      name,
    );
  }
  return ConfigFile.parse(name, bytes, env);
}

function takeFile(given: Given, file: ConfigFile | undefined): void {
  for (const [name, text] of file?.entries ?? []) {
    if ((SECTION_NAMES as string[]).includes(name)) continue;
    const fail: Fail = (what) => file!.fail([name], what);
    if (findSetting(name) === undefined) {
      fail(`unknown key ${quoted(name)}${didYouMean(name, [...SETTINGS.map((row) => row.name), ...SECTION_NAMES])}`);
    }
    given.set(name, { text, fail, label: name });
  }
}

/** Unknown LARDER_ variables only warn: Kubernetes makes some of its own for a service named larder. */
function takeVariables(given: Given, env: Environment, warnings: string[]): void {
  const rows = new Map(SETTINGS.map((row) => [variableOf(row), row]));
  for (const [variable, text] of Object.entries(env)) {
    if (text === undefined || !variable.startsWith('LARDER_')) continue;
    const row = rows.get(variable);
    if (row === undefined || /^tcp:\/\//.test(text)) {
      warnings.push(`variable ${variable} is ignored: ${row === undefined ? 'no such setting' : 'made by Kubernetes'}`);
      continue;
    }
    given.set(row.name, { text, fail: failPlain, label: variable });
  }
}

function takeFlags(given: Given, flags: ReadonlyMap<string, string>): void {
  for (const [name, text] of flags) given.set(name, { text, fail: failPlain, label: `--${name}` });
}

function failPlain(what: string): never {
  throw new ConfigError(what);
}

function parseAll(given: Given, cwd: string): Map<string, unknown> {
  const values = new Map<string, unknown>();
  for (const row of SETTINGS) {
    const value = given.get(row.name);
    const parsed = value === undefined ? row.default : parseOne(row, value);
    values.set(row.name, row.kind.isPath === true ? absolute(parsed as string, cwd) : parsed);
  }
  return values;
}

function parseOne(row: Setting, { text: tree, fail, label }: { text: Tree; fail: Fail; label: string }): unknown {
  const text = flat(tree);
  if (text === undefined)
    return fail(`${label}: expected one value, got ${Array.isArray(tree) ? 'a list' : 'names and values'}`);
  const parsed = row.kind.parse(text);
  return parsed.ok ? parsed.value : fail(`${label}: ${mismatch(row.kind, parsed.expected, text)}`);
}

/** A list of words stands for the words in a row (`bind: [127.0.0.1, ::1]`), where a setting takes several. */
function flat(tree: Tree): string | undefined {
  if (typeof tree === 'string') return tree;
  return Array.isArray(tree) && tree.every((each) => typeof each === 'string') ? tree.join(' ') : undefined;
}

function absolute(path: string, cwd: string): string {
  return path === '' || path === 'auto' ? path : resolve(cwd, path);
}

function fitMachine(values: Map<string, unknown>, given: Given, limits: MachineLimits, warnings: string[]): void {
  const [clients, most] = [values.get('maxclients') as number, clientsMax(limits)];
  if (clients > most) {
    warnings.push(
      `maxclients is lowered from ${clients} to ${most}: the open-file limit (ulimit -n) is ${limits.openFiles}`,
    );
    values.set('maxclients', most);
  }
  const bytes = values.get('maxmemory') as number;
  if (limits.memoryBytes !== undefined && bytes > limits.memoryBytes) {
    const { fail, label } = given.get('maxmemory') ?? { fail: failPlain, label: 'maxmemory' };
    fail(`${label}: expected less than the memory of this control group (${limits.memoryBytes} bytes), got ${bytes}`);
  }
}

function checkTogether(values: ReadonlyMap<string, unknown>, given: Given): void {
  const wrong = findDisagreement(configOf(values) as unknown as Config);
  if (wrong === undefined) return;
  const { fail } = wrong.names.map((name) => given.get(name)).find((each) => each !== undefined) ?? { fail: failPlain };
  fail(wrong.what);
}

function parseSections(file: ConfigFile | undefined): Sections {
  const entries = SECTION_NAMES.filter(
    (name) => file?.entries.get(name) !== undefined && file.entries.get(name) !== '',
  );
  const parsed = SECTIONS.safeParse(Object.fromEntries(entries.map((name) => [name, file!.entries.get(name)])));
  if (parsed.success) return parsed.data;
  const issue = firstCause(parsed.error.issues);
  const path = issue.path as (string | number)[];
  if (issue.code === 'unrecognized_keys') {
    const [name] = issue.keys;
    return file!.fail(
      [...path, name!],
      `${spell(path)}: unknown key ${quoted(name!)}${didYouMean(name!, knownNames(path))}`,
    );
  }
  return file!.fail(path, `${spell(path)}: ${explain(issue)}`);
}

/** The first issue; but a name misspelt is why another is missing. */
function firstCause<T extends { code?: string; path: PropertyKey[] }>(issues: readonly T[]): T {
  const first = issues[0]!;
  const isAbove = (path: PropertyKey[]) => path.every((part, i) => part === first.path[i]);
  return issues.find((issue) => issue.code === 'unrecognized_keys' && isAbove(issue.path)) ?? first;
}

function compiled<T>(file: ConfigFile | undefined, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return file!.fail(error.path, `${spell(error.path)}: ${error.message}`);
  }
}

/** keys[0].load.path */
function spell(path: readonly (string | number)[]): string {
  return path.map((part, i) => (typeof part === 'number' ? `[${part}]` : i === 0 ? part : `.${part}`)).join('');
}
