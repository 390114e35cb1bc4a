import type { Scheduler } from '../base/world';
import { withDeadline } from './deadline';
import type { HttpSource } from './http-source';
import { failure, type Loader, type LoadRequest, type LoadResult } from './loader';
import { encodeParam, pathRefusal } from './safe-path';

/** A path with placeholders. */
export interface PathTemplate {
  expand(params: ReadonlyMap<string, string>, encode: (value: string) => string): string;
}

/** GET of a path made from the key: 200 is the value, 404 and 410 are absent, everything else is a failure. */
export class HttpLoader implements Loader {
  constructor(
    readonly source: string,
    private readonly origin: HttpSource,
    private readonly path: PathTemplate,
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
