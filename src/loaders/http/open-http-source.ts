import type { LoaderOptions, OpenSource } from '../create-loaders';
import type { HttpLoadDefinition, HttpSourceDefinition } from '../definitions';
import { HttpBatchLoader } from './batch-loader';
import { HttpLoader } from './http-loader';
import { HttpSource } from './http-source';

/** A pool of connections to one origin. */
export function openHttpSource(
  name: string,
  definition: HttpSourceDefinition,
  options: LoaderOptions,
): OpenSource<HttpLoadDefinition> {
  const origin = new HttpSource(definition, options);
  const { timeoutMs } = definition;
  return {
    loader: (load) =>
      load.path.list === undefined
        ? new HttpLoader(name, origin, load, options, timeoutMs)
        : new HttpBatchLoader(name, origin, load, options, timeoutMs),
    close: () => origin.close(),
  };
}
