import type { Scheduler } from '../../base/world';
import type { LoaderOptions } from '../create-loaders';
import { bounds, manyWithDeadline } from '../deadline';
import type { HttpLoadDefinition } from '../definitions';
import {
  failure,
  type Loader,
  type LoadItem,
  type LoadManyRequest,
  type LoadRequest,
  type LoadResult,
} from '../loader';
import { readBatch } from './batch';
import { headersOf } from './http-loader';
import type { HttpAnswer, HttpSource } from './http-source';
import { encodeParam, LIST_PATH_LENGTH_MAX, pathRefusal } from './safe-path';

/** Keys that one GET asks for: all that its path and headers say beside the list is the same for them. */
interface Call {
  params: ReadonlyMap<string, string>;
  headers: Record<string, string>;
  /** Each once. */
  ids: Set<string>;
  /** Of the path with these ids. */
  length: number;
}

type Answers = ReadonlyMap<string, LoadResult>;

/** GET of a path with a list of ids, made from several keys: see batch.ts for what the answer may be. */
export class HttpBatchLoader implements Loader {
  readonly batchKeysMax: number;
  private readonly list: string;

  constructor(
    readonly source: string,
    private readonly origin: HttpSource,
    private readonly definition: HttpLoadDefinition,
    private readonly options: LoaderOptions,
    private readonly timeoutMs: number | undefined,
  ) {
    this.batchKeysMax = definition.batchKeysMax;
    this.list = definition.path.list!;
  }

  async load({ key, params, deadlineMs, signal }: LoadRequest): Promise<LoadResult> {
    const items = [{ key, params }];
    const [result] = await this.loadMany({ items, deadlineMs, ...(signal !== undefined && { signal }) });
    return result!;
  }

  /** One call for all that share what is not the list; more only where they differ, or the path would be too long. */
  loadMany(request: LoadManyRequest): Promise<LoadResult[]> {
    const { calls, callOf } = this.plan(request.items);
    const all = bounds(request, this.definition.timeoutMs, this.timeoutMs);
    if (calls.length === 0) return Promise.resolve(callOf.map((refused) => refused as LoadResult));
    return manyWithDeadline(this.options.scheduler, all, async (signal) => {
      const answers = new Map(
        await Promise.all(calls.map(async (call) => [call, await this.ask(call, signal)] as const)),
      );
      return request.items.map(({ params }, i) => {
        const call = callOf[i]!;
        return 'kind' in call ? call : answers.get(call)!.get(params.get(this.list)!)!;
      });
    });
  }

  private plan(items: readonly LoadItem[]): { calls: Call[]; callOf: (Call | LoadResult)[] } {
    const calls: Call[] = [];
    const open = new Map<string, Call>();
    const callOf = items.map(({ params }) => {
      const id = params.get(this.list) ?? '';
      const refusal = id.includes(',')
        ? 'key has a comma, which a list cannot hold'
        : pathRefusal(this.path(params, [id]));
      if (refusal !== undefined) return failure(refusal, false);
      const headers = headersOf(this.definition, params);
      const shared = JSON.stringify([this.path(params, []), Object.values(headers)]);
      const length = encodeParam(id).length + 1;
      let call = open.get(shared);
      if (call === undefined || this.isFull(call, id, length)) {
        call = { params, headers, ids: new Set(), length: this.path(params, []).length };
        calls.push(call);
        open.set(shared, call);
      }
      if (!call.ids.has(id)) call.length += length;
      call.ids.add(id);
      return call;
    });
    return { calls, callOf };
  }

  private isFull({ ids, length }: Call, id: string, more: number): boolean {
    return !ids.has(id) && (ids.size === this.batchKeysMax || length + more > LIST_PATH_LENGTH_MAX);
  }

  private path(params: ReadonlyMap<string, string>, ids: readonly string[]): string {
    return this.origin.prefix + this.definition.path.expand(params, encodeParam, ids);
  }

  /** Each id has an answer. */
  private async ask({ params, headers, ids }: Call, signal: AbortSignal): Promise<Answers> {
    const all = [...ids];
    const answer = await this.origin.get({ path: this.path(params, all), headers, signal });
    if (answer.kind !== 'body') return new Map(all.map((id) => [id, answer]));
    const { batchKey: key = this.list, batchFormat: format } = this.definition;
    const batch = await inTurns(this.options.scheduler, signal, readBatch(answer.body, all, { key, format }));
    if ('kind' in batch) return new Map(all.map((id) => [id, batch]));
    return new Map(
      all.map((id) => {
        if (answer.word.failed?.has(id)) return [id, failure('the source failed for this key', true)];
        const value = batch.values.get(id) ?? null;
        return [id, batch.failures.get(id) ?? resultOf(answer, value, all.length)];
      }),
    );
  }
}

function resultOf({ word, isStored }: HttpAnswer & { kind: 'body' }, value: Buffer | null, keys: number): LoadResult {
  const { failed: _, ttlMs, costUs, ...rest } = word;
  const ttl = ttlMs === undefined ? {} : { ttlMs };
  if (value === null) return { kind: 'absent', ...ttl };
  const cost = costUs === undefined ? {} : { costUs: Math.round(costUs / keys) };
  return { kind: 'value', value, ...rest, ...cost, ...(isStored ? ttl : { store: false }) };
}

/** Runs work that yields, with a turn of the event loop at each yield; what was given up ends there. */
async function inTurns<T>(scheduler: Scheduler, signal: AbortSignal, work: Generator<undefined, T>): Promise<T> {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    await new Promise<void>((next) => scheduler.soon(next));
    signal.throwIfAborted();
  }
}
