import { resolve } from 'node:path';
import { z } from 'zod';
import { ListTemplate } from '../base/patterns/list-template';
import { type Dialect, Statement } from '../base/patterns/statement';
import { TemplateError, TextTemplate } from '../base/patterns/text-template';
import { integer, oneOf, size } from './kinds';
import { as, headers, LIST_LENGTH_MAX, matching, nonEmpty, refuseOthers, timeout } from './section-kinds';

/** `load` of a key template: how a value comes from a source, or from a module of the operator's. */

const BATCH_KEYS_DEFAULT = 100;

const column = matching(/^[^\x00-\x1f\x7f]{1,128}$/, 'the name of a column');

const FIELDS = {
  http: ['from', 'path', 'headers', 'timeout', 'batch', 'batch-key', 'batch-format'],
  sql: ['from', 'query', 'params', 'timeout', 'batch', 'rows', 'key-column', 'ttl-column', 'tags-column'],
  module: ['module', 'timeout', 'batch', 'threads-max', 'memory-max', 'env'],
} as const;

export const load = z
  .strictObject({
    from: nonEmpty.optional(),
    path: matching(/^\/[\x21-\x7e]*$/, 'a path such as /users/{id}, percent-encoded')
      .refine((path) => !/[#\\]/.test(path), "expected a path without '#' and '\\'")
      .optional(),
    headers: headers.optional(),
    query: matching(/^[^\x00]+$/, 'a query such as select name from users where id = $1').optional(),
    params: z
      .array(matching(/^[^\x00]*$/, 'text'))
      .max(LIST_LENGTH_MAX)
      .optional(),
    module: nonEmpty.optional(),
    timeout: timeout.optional(),
    batch: as(integer({ min: 1, max: 10_000 })).optional(),
    'batch-key': nonEmpty.optional(),
    'batch-format': as(oneOf('text', 'json')).optional(),
    'key-column': column.optional(),
    'ttl-column': column.optional(),
    'tags-column': column.optional(),
    rows: as(oneOf('one', 'many')).optional(),
    'threads-max': as(integer({ min: 1, max: 64 })).optional(),
    'memory-max': as(size({ min: 16 * 1024 * 1024 })).optional(),
    env: z
      .record(matching(/^[a-z_][a-z0-9_]*$/i, 'the name of a variable'), matching(/^[^\x00]*$/, 'text', true))
      .optional(),
  })
  .superRefine((it, context) => {
    const kinds = (['path', 'query', 'module'] as const).filter((name) => it[name] !== undefined);
    const [kind] = kinds;
    if (kind === undefined || kinds.length > 1) {
      context.addIssue({ code: 'custom', message: "expected 'from' with 'path' or 'query', or 'module'" });
    } else if (kind !== 'module' && it.from === undefined) {
      context.addIssue({ code: 'custom', message: "expected 'from', the name of a source" });
    } else if (kind === 'path') refuseOthers(it, FIELDS.http, "a load with 'path'", context);
    else if (kind === 'query') refuseOthers(it, FIELDS.sql, "a load with 'query'", context);
    else refuseOthers(it, FIELDS.module, "a load with 'module'", context);
  });

export type LoadSection = z.output<typeof load>;

interface LoadBounds {
  /** Deadline of a whole load, beside the source's. */
  readonly timeoutMs: number | undefined;
  /** Most keys of one call; 1: one key a call. */
  readonly batchKeysMax: number;
}

export interface HttpLoad extends LoadBounds {
  readonly kind: 'http';
  readonly from: string;
  readonly path: ListTemplate;
  readonly headers: ReadonlyMap<string, TextTemplate>;
  /** The member by which values of a batch are told apart; undefined without a list in `path`. */
  readonly batchKey: string | undefined;
  /** `text`: of a batch, a JSON string is stored as its text; `json`: as JSON. */
  readonly batchFormat: 'text' | 'json';
}

export interface SqlLoad extends LoadBounds {
  readonly kind: 'sql';
  readonly from: string;
  readonly query: string;
  readonly statement: Statement;
  /** `many`: the value is a JSON array of the rows. */
  readonly rows: 'one' | 'many';
  /** Bound in this order. One that has a list is nothing but that list ("{id,}"): an array of all keys of a call. */
  readonly params: readonly ListTemplate[];
  /** The placeholder of the list in `params`. */
  readonly list: string | undefined;
  /** Of a batch, the column that says whose row it is; undefined: the first. */
  readonly keyColumn: string | undefined;
  /** Columns that say how long (seconds) and with which tags a value is kept; they are not part of the value. */
  readonly ttlColumn: string | undefined;
  readonly tagsColumn: string | undefined;
}

export interface ModuleLoad extends LoadBounds {
  readonly kind: 'module';
  /** Absolute. */
  readonly module: string;
  /** Loads at once. */
  readonly threadsMax: number | undefined;
  /** Heap of each thread. */
  readonly memoryBytesMax: number | undefined;
  /** All that it sees of the environment. */
  readonly env: Readonly<Record<string, string>>;
}

export type Load = HttpLoad | SqlLoad | ModuleLoad;

export interface LoadContext {
  /** Placeholders that it may name. */
  readonly names: readonly string[];
  readonly sources: ReadonlyMap<string, { readonly kind: 'http' | 'sql'; readonly dialect?: Dialect }>;
  /** Files are relative to it. */
  readonly folder: string;
}

/** Throws TemplateError, with the path within `load`. */
export function compileLoad(section: LoadSection, context: LoadContext): Load {
  const { timeout: timeoutMs } = section;
  if (section.module !== undefined) {
    return {
      kind: 'module',
      module: resolve(context.folder, section.module),
      timeoutMs,
      batchKeysMax: section.batch ?? 1,
      threadsMax: section['threads-max'],
      memoryBytesMax: section['memory-max'],
      env: section.env ?? {},
    };
  }
  const kind = section.path === undefined ? 'sql' : 'http';
  checkSource(section.from!, kind, context.sources);
  return kind === 'http' ? compileHttp(section, context) : compileSql(section, context);
}

function compileHttp(section: LoadSection, { names }: LoadContext): HttpLoad {
  const path = at(['path'], () => ListTemplate.parse(section.path!, names));
  const headers = Object.entries(section.headers ?? {}).map(([name, text]) => {
    const template = at(['headers', name], () => TextTemplate.parse(text, names));
    if (path.list === undefined || !template.names.includes(path.list)) return [name.toLowerCase(), template] as const;
    throw new TemplateError(`{${path.list}} differs from key to key of {${path.list},}`, ['headers', name]);
  });
  const batchKeysMax = batchOf(section, path.list, "'path'");
  if (path.list === undefined) refuseWithoutList(section, ['batch-key', 'batch-format']);
  return {
    kind: 'http',
    from: section.from!,
    path,
    headers: new Map(headers),
    timeoutMs: section.timeout,
    batchKeysMax,
    batchKey: path.list === undefined ? undefined : (section['batch-key'] ?? path.list),
    batchFormat: section['batch-format'] ?? 'text',
  };
}

function compileSql(section: LoadSection, { names, sources }: LoadContext): SqlLoad {
  const query = section.query!;
  const pasted = names.find((name) => query.includes(`{${name}}`) || query.includes(`{${name},}`));
  if (pasted !== undefined) {
    throw new TemplateError(`write $1 for {${pasted}}, and {${pasted}} in 'params'`, ['query']);
  }
  const params = (section.params ?? []).map((text, i) => at(['params', i], () => ListTemplate.parse(text, names)));
  for (const [i, { list, isOnlyList }] of params.entries()) {
    if (list !== undefined && !isOnlyList) throw new TemplateError(`{${list},} must stand alone`, ['params', i]);
  }
  const lists = params.flatMap(({ list }) => (list === undefined ? [] : [list]));
  if (lists.length > 1)
    throw new TemplateError('one list is enough', ['params', params.findLastIndex((it) => it.list)]);
  if (lists.length === 0) refuseWithoutList(section, ['key-column']);
  const listIndex = lists.length === 0 ? undefined : params.findIndex(({ list }) => list !== undefined);
  const dialect = sources.get(section.from!)?.dialect ?? 'postgres';
  return {
    kind: 'sql',
    from: section.from!,
    query,
    statement: at(['query'], () => Statement.parse(query, dialect, params.length, listIndex)),
    rows: section.rows ?? 'one',
    params,
    list: lists[0],
    timeoutMs: section.timeout,
    batchKeysMax: batchOf(section, lists[0], "'params'"),
    keyColumn: section['key-column'],
    ttlColumn: section['ttl-column'],
    tagsColumn: section['tags-column'],
  };
}

function batchOf({ batch }: LoadSection, list: string | undefined, where: string): number {
  if (list !== undefined) return batch ?? BATCH_KEYS_DEFAULT;
  if (batch === undefined || batch === 1) return 1;
  throw new TemplateError(`expected a list such as {id,} in ${where}, to ask for several keys at once`, ['batch']);
}

function refuseWithoutList(section: LoadSection, names: readonly (keyof LoadSection)[]): void {
  for (const name of names) {
    if (section[name] !== undefined) throw new TemplateError('only for a load with a list such as {id,}', [name]);
  }
}

function checkSource(from: string, kind: 'http' | 'sql', sources: LoadContext['sources']): void {
  const found = sources.get(from);
  if (found === undefined) {
    const names = [...sources.keys()];
    throw new TemplateError(`there is no source '${from}'${names.length > 0 ? `, only ${names.join(', ')}` : ''}`, [
      'from',
    ]);
  }
  if (found.kind === kind) return;
  const [has, wants] = kind === 'http' ? ['path', 'query'] : ['query', 'path'];
  throw new TemplateError(`'${from}' is an ${found.kind} source: expected '${wants}' instead of '${has}'`, [has!]);
}

/** Runs with this path in its TemplateErrors. */
function at<T>(path: readonly (string | number)[], run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(error.message, [...path, ...error.path]) : error;
  }
}
