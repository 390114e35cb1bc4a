import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { z } from 'zod';
import { mismatch } from './config-error';
import { boolean, duration, integer, oneOf, words } from './kinds';
import { as, headers, matching, refuseOthers, timeout } from './section-kinds';

/** `sources`: where values come from. What a field means is in the README; see `SourceConfig` for what becomes of it. */

const httpUrl = matching(
  /^https?:\/\/[^\s/?#@\\]+(\/[^\s?#\\]*)?$/i,
  'a URL such as http://127.0.0.1:8080 (credentials go into headers)',
).refine((url) => URL.canParse(url), 'expected a URL such as http://127.0.0.1:8080');

/** Never repeated in errors: it may hold a password. */
const sqlUrl = matching(
  /^(?:(?:postgres|postgresql|mysql|mariadb):\/\/[^\s/\\][^\s\\]*|sqlite:(?!\/\/)[^\x00-\x1f\x7f]+)$/i,
  'postgres://user@host/database, mysql://user@host/database or sqlite:file',
  true,
).refine((url) => /^sqlite:/i.test(url) || URL.canParse(url), 'expected a URL such as postgres://user@host/database');

const status = z.record(
  matching(/^[245](?:\d\d|xx)$/i, 'a status of 200 to 299 or 400 to 599, or 2xx, 4xx, 5xx'),
  as(oneOf('value', 'absent', 'failure', 'retry')),
);

function isRange(word: string): boolean {
  const [address = '', bits, ...more] = word.split('/');
  const most = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && more.length === 0 && (bits === undefined || (/^\d{1,3}$/.test(bits) && +bits <= most));
}

/** yes, no, or ranges of addresses. */
const privateAddresses = z.union([z.string(), z.array(z.string())]).transform((given, context) => {
  const text = typeof given === 'string' ? given : given.join(' ');
  const truth = boolean().parse(text);
  if (truth.ok) return truth.value;
  const ranges = words('ranges').parse(text);
  if (ranges.ok && ranges.value.length > 0 && ranges.value.every(isRange)) return ranges.value;
  context.addIssue({
    code: 'custom',
    message: mismatch({}, 'yes, no, or up to 64 ranges of addresses such as 10.0.0.0/8', text),
  });
  return z.NEVER;
});

const COMMON = [
  'timeout',
  'connections-max',
  'calls-per-second-max',
  'breaker-failures',
  'breaker-retry',
  'replica-lag',
] as const;
const HTTP = ['http', 'headers', 'status', 'cache-control', 'compressed', 'tags-header', 'private-addresses'] as const;
const SQL = ['sql', 'password'] as const;

export const source = z
  .strictObject({
    http: httpUrl.optional(),
    sql: sqlUrl.optional(),
    timeout: timeout.optional(),
    'connections-max': as(integer({ min: 1, max: 10_000 })).optional(),
    'calls-per-second-max': as(integer({ min: 1, max: 1_000_000 })).optional(),
    'breaker-failures': as(integer({ min: 1, max: 1_000_000 })).optional(),
    'breaker-retry': timeout.optional(),
    'replica-lag': as(duration('ms', { max: 60_000 })).optional(),
    headers: headers.optional(),
    status: status.optional(),
    'cache-control': as(boolean()).optional(),
    compressed: as(boolean()).optional(),
    'tags-header': matching(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, 'the name of a header').optional(),
    'private-addresses': privateAddresses.optional(),
    password: matching(/^[^\x00]*$/, 'text', true).optional(),
  })
  .superRefine((it, context) => {
    if ((it.http === undefined) === (it.sql === undefined)) {
      context.addIssue({ code: 'custom', message: "expected either 'http' or 'sql'" });
    } else if (it.http !== undefined) refuseOthers(it, [...HTTP, ...COMMON], 'an http source', context);
    else refuseOthers(it, [...SQL, ...COMMON], 'an sql source', context);
  });

export type SourceSection = z.output<typeof source>;

/** What all sources have; undefined: not said. */
export interface SourceBounds {
  /** Deadline of a whole load; `hard-timeout` otherwise. */
  readonly timeoutMs: number | undefined;
  readonly connectionsMax: number | undefined;
  readonly callsPerSecondMax: number | undefined;
  /** Failures in a row that open the breaker. */
  readonly breakerFailures: number | undefined;
  /** An open breaker lets a call through after so long. */
  readonly breakerRetryMs: number | undefined;
  /** It reads from a replica that is at most so far behind: loads wait so long before they ask. 0: it does not. */
  readonly replicaLagMs: number;
}

export interface HttpSourceConfig extends SourceBounds {
  readonly kind: 'http';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** By status ("404") or class ("4xx"); what is not here is as usual. */
  readonly status: ReadonlyMap<string, 'value' | 'absent' | 'failure' | 'retry'>;
  readonly cacheControl: boolean;
  readonly compressed: boolean;
  /** A header whose words are tags, lower case. */
  readonly tagsHeader: string | undefined;
  /** Addresses of the host that are private: all, none, or those in these ranges. */
  readonly privateAddresses: boolean | readonly string[];
}

export interface SqlSourceConfig extends SourceBounds {
  readonly kind: 'sql';
  readonly dialect: 'postgres' | 'mysql' | 'sqlite';
  /** Of a server, as given; may hold a password. */
  readonly url: string;
  /** Of SQLite, absolute; '' otherwise. */
  readonly file: string;
  readonly password: string | undefined;
}

export type SourceConfig = HttpSourceConfig | SqlSourceConfig;

/** By name. `folder` is the one that files are relative to. */
export function compileSources(
  sections: Readonly<Record<string, SourceSection>>,
  folder: string,
): ReadonlyMap<string, SourceConfig> {
  return new Map(Object.entries(sections).map(([name, section]) => [name, compile(section, folder)]));
}

function compile(section: SourceSection, folder: string): SourceConfig {
  const bounds: SourceBounds = {
    timeoutMs: section.timeout,
    connectionsMax: section['connections-max'],
    callsPerSecondMax: section['calls-per-second-max'],
    breakerFailures: section['breaker-failures'],
    breakerRetryMs: section['breaker-retry'],
    replicaLagMs: section['replica-lag'] ?? 0,
  };
  const { sql: url } = section;
  if (url !== undefined) {
    const dialect = dialectOf(url);
    const file = dialect === 'sqlite' ? resolve(folder, url.slice('sqlite:'.length)) : '';
    return { ...bounds, kind: 'sql', dialect, url, file, password: section.password };
  }
  return {
    ...bounds,
    kind: 'http',
    url: section.http!,
    headers: section.headers ?? {},
    status: new Map(Object.entries(section.status ?? {}).map(([code, meaning]) => [code.toLowerCase(), meaning])),
    cacheControl: section['cache-control'] ?? false,
    compressed: section.compressed ?? false,
    tagsHeader: section['tags-header']?.toLowerCase(),
    privateAddresses: section['private-addresses'] ?? false,
  };
}

function dialectOf(url: string): SqlSourceConfig['dialect'] {
  if (/^sqlite:/i.test(url)) return 'sqlite';
  return /^(?:mysql|mariadb):/i.test(url) ? 'mysql' : 'postgres';
}
