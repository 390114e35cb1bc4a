import type { Group, PropertyOf, Setting, ValueOf } from './setting';
import { DISK } from './settings/disk';
import { INVALIDATION, LEASING, LOADING } from './settings/engine';
import { LEARNING } from './settings/learning';
import { LIMITS } from './settings/limits';
import { MEMORY } from './settings/memory';
import { NETWORK } from './settings/network';
import { COMPATIBILITY, OBSERVATION } from './settings/observation';
import { WARMING } from './settings/warming';

/** The table: every setting there is, by group, in the order of the help text. */
export const SETTINGS_BY_GROUP = {
  network: NETWORK,
  limits: LIMITS,
  memory: MEMORY,
  disk: DISK,
  invalidation: INVALIDATION,
  leases: LEASING,
  loading: LOADING,
  warming: WARMING,
  learning: LEARNING,
  observation: OBSERVATION,
  compatibility: COMPATIBILITY,
} satisfies Record<Group, Setting[]>;

type Row = (typeof SETTINGS_BY_GROUP)[Group][number];
export type SettingName = Row['name'];
export type SettingValue<Name extends SettingName> = ValueOf<Extract<Row, Setting<Name>>>;

/**
 * Every setting as a property: `max-value-size` is `maxValueSize`, in bytes; durations end in Ms and are milliseconds.
 * Live: CONFIG SET changes what is read here, so read it where it is used, or listen with `Settings.onChange`.
 */
export type Config = { readonly [R in Row as PropertyOf<R>]: ValueOf<R> };

export const SETTINGS: readonly Setting[] = Object.values(SETTINGS_BY_GROUP).flat() as Setting[];

const byName = new Map(SETTINGS.map((row) => [row.name, row]));

export function findSetting(name: string): Setting | undefined {
  return byName.get(name);
}
