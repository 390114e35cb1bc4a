import type { ListTemplate } from '../base/patterns/list-template';
import type { Scheduler } from '../base/world';
import type { LoaderOptions, OpenSource } from './create-loaders';
import { withDeadline } from './deadline';
import type { HttpLoadDefinition, HttpSourceDefinition } from './definitions';
import { HttpSource } from './http-source';
import { failure, type Loader, type LoadRequest, type LoadResult } from './loader';
import { encodeParam, pathRefusal } from './safe-path';

export function openHttpSource(
  name: string,
  definition: HttpSourceDefinition,
  { sizeBytesMax, scheduler, connector }: LoaderOptions,
): OpenSource<HttpLoadDefinition> {
  const { url, headers, connectionsMax } = definition;
  const origin = new HttpSource({ url, headers, connectionsMax, sizeBytesMax, connector });
  return {
    loader: (load) => {
      const timeouts = [definition.timeoutMs, load.timeoutMs].map((ms) => ms ?? Number.POSITIVE_INFINITY);
      return new HttpLoader(name, origin, load.path, scheduler, Math.min(...timeouts));
    },
    close: () => origin.close(),
  };
}

/** GET of a path made from the key: 200 is the value, 404 and 410 are absent, everything else is a failure. */
export class HttpLoader implements Loader {
  constructor(
    readonly source: string,
    private readonly origin: HttpSource,
    private readonly path: ListTemplate,
    private readonly scheduler: Scheduler,
    private readonly timeoutMs = Number.POSITIVE_INFINITY,
  ) {}

  load({ params, deadlineMs, signal }: LoadRequest): Promise<LoadResult> {
    const path = this.origin.prefix + this.path.expand(params, encodeParam);
    const refusal = pathRefusal(path);
    if (refusal !== undefined) return Promise.resolve(failure(refusal, false));
    const bounds = { deadlineMs: Math.min(deadlineMs, this.timeoutMs), ...(signal !== undefined && { signal }) };
    return withDeadline(this.scheduler, bounds, (stop) => this.origin.get(path, stop));
  }
}
