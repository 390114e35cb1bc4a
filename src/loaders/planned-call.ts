import type { HttpLoadDefinition, LoadDefinition, SourceDefinition, SqlLoadDefinition } from './definitions';
import { prefixOf } from './http/http-source';
import { encodeParam, pathRefusal } from './http/safe-path';

/**
 * The call that a load of one key would make, without making it. Texts are latin1. Nothing of what may be secret: no headers,
 * no host, no environment.
 */
export type PlannedCall =
  | { readonly kind: 'http'; readonly method: 'GET'; readonly path: string; readonly refusal: string | undefined }
  | { readonly kind: 'sql'; readonly dialect: string; readonly query: string; readonly params: readonly string[] }
  /** Params are the key's. */
  | { readonly kind: 'module'; readonly module: string };

/** `params` are the placeholders of the key, latin1. Throws Error where the source is missing or of another kind. */
export function planCall(
  load: LoadDefinition,
  sources: ReadonlyMap<string, SourceDefinition>,
  params: ReadonlyMap<string, string>,
): PlannedCall {
  if (load.kind === 'module') return { kind: 'module', module: load.module };
  const source = sources.get(load.from);
  if (load.kind === 'http' && source?.kind === 'http') return httpCall(load, source.url, params);
  if (load.kind === 'sql' && source?.kind === 'sql') return sqlCall(load, source.dialect, params);
  throw new Error(`there is no ${load.kind} source '${load.from}'`);
}

function httpCall(
  { path: template }: HttpLoadDefinition,
  url: string,
  params: ReadonlyMap<string, string>,
): PlannedCall {
  const path = prefixOf(new URL(url)) + template.expand(params, encodeParam);
  return { kind: 'http', method: 'GET', path, refusal: pathRefusal(path) };
}

function sqlCall(
  { statement, params, list }: SqlLoadDefinition,
  dialect: string,
  of: ReadonlyMap<string, string>,
): PlannedCall {
  const values = params.map((param) => param.expand(of));
  const listed = params.flatMap((param, i) => (list !== undefined && param.list === list ? [values[i]!] : []));
  const { text, values: bound } = statement.bind(values, listed);
  const query = Buffer.from(text, 'utf8').toString('latin1');
  return {
    kind: 'sql',
    dialect,
    query,
    params: bound.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
  };
}
