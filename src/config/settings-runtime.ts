import { mismatch } from './config-error';
import { clientsMax, type MachineLimits } from './machine-limits';
import { findDisagreement } from './relations';
import { rewriteText } from './rewrite';
import { propertyOf, type Setting } from './setting';
import { type Config, findSetting, SETTINGS, SETTINGS_BY_GROUP, type SettingName, type SettingValue } from './settings';
import { didYouMean } from './suggest';

/** CONFIG SET said no. `reason` fits "CONFIG SET failed (possibly related to argument '<setting>') - <reason>". */
export class SettingRefused extends Error {
  override name = 'SettingRefused';

  constructor(
    readonly setting: string,
    readonly kind: 'unknown' | 'immutable' | 'protected' | 'invalid',
    readonly reason: string,
  ) {
    super(`${setting}: ${reason}`);
  }
}

export interface SettingRow {
  group: string;
  name: string;
  default: string;
  unit: string;
  isChangeable: boolean;
  doc: string;
}

/** The file that CONFIG REWRITE edits. */
export interface RewriteFile {
  name: string;
  read(): Buffer;
  /** Replaces the file whole, or leaves it as it was. */
  write(text: string): void;
}

type Values = Map<string, unknown>;
type Listener = (value: unknown) => void;

/** The settings of a running server: read through `config`, changed by CONFIG SET, told to whom they concern. */
export class Settings {
  /** Always the values of now. */
  readonly config: Config;
  private readonly live: Record<string, unknown>;
  private readonly listeners = new Map<string, Listener[]>();
  /** Names that CONFIG SET changed; CONFIG REWRITE writes these. */
  private readonly changed = new Set<string>();

  constructor(
    values: ReadonlyMap<string, unknown> = new Map(),
    private readonly limits: MachineLimits = {},
    private readonly file?: RewriteFile,
  ) {
    this.live = configOf(values);
    this.config = this.live as unknown as Config;
  }

  get<Name extends SettingName>(name: Name): SettingValue<Name> {
    return this.live[propertyOf(findSetting(name)!)] as SettingValue<Name>;
  }

  /** Throws SettingRefused and changes nothing if the text does not fit. */
  set(name: string, text: string): void {
    this.setMany([[name, text]]);
  }

  /** All or none. Listeners are told once all are in place, in the given order. */
  setMany(pairs: readonly (readonly [name: string, text: string])[]): void {
    const next: Values = new Map();
    for (const [name, text] of pairs) {
      const row = changeable(name.toLowerCase());
      if (next.has(row.name)) throw new SettingRefused(row.name, 'invalid', 'duplicate parameter');
      next.set(row.name, this.parse(row, text));
    }
    this.checkTogether(next);
    for (const [name, value] of next) {
      this.live[propertyOf(findSetting(name)!)] = value;
      this.changed.add(name);
    }
    for (const [name, value] of next) for (const listener of this.listeners.get(name) ?? []) listener(value);
  }

  /** Calls back after each CONFIG SET of the setting, also if the value is the same. */
  onChange<Name extends SettingName>(name: Name, listener: (value: SettingValue<Name>) => void): void {
    const list = this.listeners.get(name) ?? [];
    this.listeners.set(name, [...list, listener as Listener]);
  }

  /** Names and values as CONFIG GET answers them, in the order of the table. */
  entries(): [name: string, value: string][] {
    return SETTINGS.map((row) => [row.name, row.kind.format(this.live[propertyOf(row)])]);
  }

  /** Writes what CONFIG SET changed into the file. Throws SettingRefused without one, ConfigError if it is broken now. */
  rewrite(): void {
    if (this.file === undefined) {
      throw new SettingRefused('', 'invalid', 'The server is running without a config file');
    }
    const texts = [...this.changed].map((name): [string, string] => {
      const row = findSetting(name)!;
      return [name, row.kind.print(this.live[propertyOf(row)])];
    });
    this.file.write(rewriteText(this.file.name, this.file.read().toString('utf8'), new Map(texts)));
  }

  private parse(row: Setting, text: string): unknown {
    const parsed = row.kind.parse(text);
    if (!parsed.ok) throw new SettingRefused(row.name, 'invalid', mismatch(row.kind, parsed.expected, text));
    const most = row.name === 'maxclients' ? clientsMax(this.limits) : (this.limits.memoryBytes ?? Number.MAX_VALUE);
    if ((row.name === 'maxclients' || row.name === 'maxmemory') && (parsed.value as number) > most) {
      throw new SettingRefused(row.name, 'invalid', `this machine allows at most ${row.kind.print(most)}`);
    }
    return parsed.value;
  }

  private checkTogether(next: Values): void {
    const together: Record<string, unknown> = { ...this.live };
    for (const [name, value] of next) together[propertyOf(findSetting(name)!)] = value;
    const wrong = findDisagreement(together as unknown as Config);
    if (wrong === undefined) return;
    const culprit = wrong.names.find((name) => next.has(name)) ?? wrong.names[0];
    throw new SettingRefused(culprit, 'invalid', wrong.what);
  }
}

function changeable(name: string): Setting {
  const row = findSetting(name);
  if (row === undefined) {
    const names = SETTINGS.map((each) => each.name);
    throw new SettingRefused(name, 'unknown', `unknown setting${didYouMean(name, names)}`);
  }
  if (row.isProtected === true) throw new SettingRefused(name, 'protected', "can't set protected config");
  if (row.changeable !== true) throw new SettingRefused(name, 'immutable', "can't set immutable config");
  return row;
}

/** All settings as properties; defaults where `values` (by name) has none. */
export function configOf(values: ReadonlyMap<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    SETTINGS.map((row) => [propertyOf(row), values.has(row.name) ? values.get(row.name) : row.default]),
  );
}

/** The table for people: README, help. */
export function describeSettings(): SettingRow[] {
  return Object.entries(SETTINGS_BY_GROUP).flatMap(([group, rows]) =>
    (rows as readonly Setting[]).map((row) => ({
      group,
      name: row.name,
      default: row.kind.print(row.default),
      unit: row.kind.unit,
      isChangeable: row.changeable === true && row.isProtected !== true,
      doc: row.doc,
    })),
  );
}
