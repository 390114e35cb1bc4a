import type { buildConnector } from 'undici';
import type { Scheduler } from '../base/world';
import { HttpLoader, type PathTemplate } from './http-loader';
import { HttpSource } from './http-source';
import type { Loader } from './loader';

/** One entry of `sources` in the configuration. */
export interface SourceDefinition {
  http?: string | undefined;
  /** Milliseconds for a whole load. */
  timeout?: number | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  'connections-max'?: number | undefined;
}

/** As much of a key template as a loader needs. */
export interface LoadingTemplate {
  readonly index: number;
  readonly load: { readonly from: string; readonly path: PathTemplate } | undefined;
}

export interface LoaderOptions {
  scheduler: Scheduler;
  /** Longest value; asked anew for each load, as it may change. */
  sizeBytesMax: () => number;
  connector?: buildConnector.connector;
}

export interface Loaders {
  /** By the template's index; undefined where it has no load. */
  forTemplate(index: number): Loader | undefined;
  /** Ends all connections; loads under way fail. */
  close(): Promise<void>;
}

/** A pool for each source, a loader for each template with a load. Throws Error on a source that is missing or of no known kind. */
export function createLoaders(
  sources: Readonly<Record<string, SourceDefinition>>,
  templates: readonly LoadingTemplate[],
  options: LoaderOptions,
): Loaders {
  const definitions = new Map(Object.entries(sources));
  const origins = new Map<string, HttpSource>();
  for (const [name, definition] of definitions) origins.set(name, openSource(name, definition, options));
  const loaders = new Map<number, Loader>();
  for (const { index, load } of templates) {
    if (load === undefined) continue;
    const origin = origins.get(load.from);
    if (origin === undefined) throw new Error(`there is no source '${load.from}'`);
    const { timeout } = definitions.get(load.from)!;
    loaders.set(index, new HttpLoader(load.from, origin, load.path, options.scheduler, timeout));
  }
  return {
    forTemplate: (index) => loaders.get(index),
    close: async () => void (await Promise.all([...origins.values()].map((origin) => origin.close()))),
  };
}

function openSource(
  name: string,
  definition: SourceDefinition,
  { sizeBytesMax, connector }: LoaderOptions,
): HttpSource {
  if (definition.http === undefined) throw new Error(`source '${name}': only http is supported yet`);
  return new HttpSource({
    url: definition.http,
    headers: definition.headers,
    connectionsMax: definition['connections-max'],
    sizeBytesMax,
    connector,
  });
}
