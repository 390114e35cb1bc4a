import type { LoaderOptions } from '../create-loaders';
import { bounds, withDeadline } from '../deadline';
import type { HttpLoadDefinition } from '../definitions';
import { failure, type Loader, type LoadRequest, type LoadResult } from '../loader';
import type { HttpAnswer, HttpSource } from './http-source';
import { encodeParam, pathRefusal } from './safe-path';

/** GET of a path made from the key: its body is the value. */
export class HttpLoader implements Loader {
  constructor(
    readonly source: string,
    private readonly origin: HttpSource,
    private readonly definition: HttpLoadDefinition,
    private readonly options: LoaderOptions,
    private readonly timeoutMs: number | undefined,
  ) {}

  load(request: LoadRequest): Promise<LoadResult> {
    const { params, validator } = request;
    const { path: template, timeoutMs } = this.definition;
    const path = this.origin.prefix + template.expand(params, encodeParam);
    const refusal = pathRefusal(path);
    if (refusal !== undefined) return Promise.resolve(failure(refusal, false));
    const headers = headersOf(this.definition, params);
    return withDeadline(this.options.scheduler, bounds(request, timeoutMs, this.timeoutMs), async (signal) =>
      resultOf(await this.origin.get({ path, headers, signal, ...(validator !== undefined && { validator }) })),
    );
  }
}

/** Those of a load, filled in: encoded as paths are, so that a key cannot end a line. */
export function headersOf(
  { headers }: HttpLoadDefinition,
  params: ReadonlyMap<string, string>,
): Record<string, string> {
  return Object.fromEntries([...headers].map(([name, template]) => [name, template.expand(params, encodeParam)]));
}

function resultOf(answer: HttpAnswer): LoadResult {
  if (answer.kind !== 'body') return answer;
  const { body, word, validator, isStored } = answer;
  const { failed: _, ttlMs, ...rest } = word;
  return {
    kind: 'value',
    value: body,
    ...rest,
    ...(isStored ? { ...(ttlMs !== undefined && { ttlMs }) } : { store: false }),
    ...(validator !== undefined && { validator }),
  };
}
