import type { Kind } from './kinds';

const GROUPS = [
  'network',
  'limits',
  'memory',
  'disk',
  'invalidation',
  'leases',
  'loading',
  'warming',
  'learning',
  'observation',
  'compatibility',
] as const;
export type Group = (typeof GROUPS)[number];

/**
 * One setting: a line of larder.yaml, a flag `--name value`, a variable LARDER_NAME and a name of CONFIG GET, all from
 * this row. Help, README table and the type of `Config` are derived from it.
 */
export interface Setting<Name extends string = string, T = unknown, Suffix extends string = string> {
  readonly name: Name;
  readonly kind: Kind<T, Suffix>;
  readonly default: NoInfer<T>;
  /** One line; says what the default would not. */
  readonly doc: string;
  /** Whether CONFIG SET may change it while running. */
  readonly changeable?: boolean;
  /** CONFIG SET refuses it even if it could change: it names a file, or would open a door. */
  readonly isProtected?: boolean;
}

/** Keeps the name and the value's type of a row. */
export function setting<const Name extends string, T, Suffix extends string>(
  row: Setting<Name, T, Suffix>,
): Setting<Name, T, Suffix> {
  return row;
}

type Camel<S extends string> = S extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S;

/** max-value-size is maxValueSize in code; durations end in Ms. */
export type PropertyOf<S> = S extends Setting<infer Name, infer _, infer Suffix> ? `${Camel<Name>}${Suffix}` : never;
export type ValueOf<S> = S extends Setting<string, infer T> ? T : never;

export function propertyOf(row: Setting): string {
  return row.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()) + row.kind.suffix;
}

/** maxmemory-policy is LARDER_MAXMEMORY_POLICY in the environment. */
export function variableOf(row: Setting): string {
  return `LARDER_${row.name.replaceAll('-', '_').toUpperCase()}`;
}
