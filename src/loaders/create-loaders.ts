import type { buildConnector } from 'undici';
import type { Log, Scheduler } from '../base/world';
import type { LoadDefinition, LoadingTemplate, SourceDefinition } from './definitions';
import { openHttpSource } from './http/open-http-source';
import type { LookupAll } from './http/private-addresses';
import type { Loader } from './loader';
import { ModuleLoader } from './module/module-loader';
import { overReplica } from './replica';
import { openSqlSource } from './sql/sql-source';

export interface LoaderOptions {
  scheduler: Scheduler;
  /** Longest value; asked anew for each load, as it may change. */
  sizeBytesMax: () => number;
  /** Instead of the system's, for tests. */
  lookup?: LookupAll;
  connector?: buildConnector.connector;
  /** For what modules say. */
  log?: Log;
}

/** A source that is there: what holds its connections. */
export interface OpenSource<L extends LoadDefinition> {
  loader(load: L): Loader;
  /** Ends all connections; loads under way fail. */
  close(): Promise<void>;
}

export interface Loaders {
  /** By the template's index; undefined where it has no load. */
  forTemplate(index: number): Loader | undefined;
  /** A loader that belongs to no template, with the sources that are there. Throws Error as `createLoaders` does. */
  open(load: LoadDefinition): Loader;
  /** Why a module cannot be used, with its file and line, for each that cannot. */
  problems(): Promise<string[]>;
  /** Ends all connections; loads under way fail. */
  close(): Promise<void>;
}

/** A pool for each source, a loader for each template with a load. Throws Error on a source that is missing or of another kind. */
export function createLoaders(
  sources: ReadonlyMap<string, SourceDefinition>,
  templates: readonly LoadingTemplate[],
  options: LoaderOptions,
): Loaders {
  const opened = new OpenSources(sources, options);
  const loaders = new Map<number, Loader>();
  for (const { index, load } of templates) if (load !== undefined) loaders.set(index, opened.open(load));
  return {
    forTemplate: (index) => loaders.get(index),
    open: (load) => opened.open(load),
    problems: () => opened.problems(),
    close: () => opened.close(),
  };
}

class OpenSources {
  private readonly http = new Map<string, OpenSource<LoadDefinition & { kind: 'http' }>>();
  private readonly sql = new Map<string, OpenSource<LoadDefinition & { kind: 'sql' }>>();
  private readonly modules: ModuleLoader[] = [];

  constructor(
    private readonly sources: ReadonlyMap<string, SourceDefinition>,
    private readonly options: LoaderOptions,
  ) {
    for (const [name, definition] of sources) {
      if (definition.kind === 'http') this.http.set(name, openHttpSource(name, definition, options));
      else this.sql.set(name, openSqlSource(name, definition, options));
    }
  }

  open(load: LoadDefinition): Loader {
    const loader = this.direct(load);
    const lagMs = load.kind === 'module' ? 0 : this.sources.get(load.from)!.replicaLagMs;
    return lagMs === 0 ? loader : overReplica(loader, lagMs, this.options.scheduler);
  }

  private direct(load: LoadDefinition): Loader {
    if (load.kind === 'http') return named(this.http, load.from).loader(load);
    if (load.kind === 'sql') return named(this.sql, load.from).loader(load);
    const module = new ModuleLoader({ ...this.options, ...load, file: load.module });
    this.modules.push(module);
    return module;
  }

  async problems(): Promise<string[]> {
    const problems = await Promise.all(this.modules.map((module) => module.problem()));
    return problems.filter((problem) => problem !== undefined);
  }

  async close(): Promise<void> {
    await Promise.all([...this.http.values(), ...this.sql.values(), ...this.modules].map((each) => each.close()));
  }
}

function named<T>(sources: ReadonlyMap<string, T>, name: string): T {
  const source = sources.get(name);
  if (source === undefined) throw new Error(`there is no source '${name}'`);
  return source;
}
