import type { Statement } from '../../base/patterns/statement';
import type { Scheduler } from '../../base/world';
import { bounds, manyWithDeadline } from '../deadline';
import {
  failure,
  type Loader,
  type LoadFailure,
  type LoadItem,
  type LoadManyRequest,
  type LoadRequest,
  type LoadResult,
} from '../loader';
import { textOfBytes } from '../text';
import type { Database } from './database';
import type { Reading } from './row-reader';

/** Values of one batch together. */
const BATCH_BYTES_MAX = 64 * 1024 * 1024;

export interface SqlLoaderParts {
  /** The source's name in the configuration. */
  source: string;
  database: Database;
  statement: Statement;
  /** Latin1 values of one key, in the order of `params`. */
  valuesOf(params: ReadonlyMap<string, string>): string[];
  /** Of the params, the one that is a list. */
  listIndex: number | undefined;
  batchKeysMax: number;
  rows: 'one' | 'many';
  keyColumn: string | undefined;
  ttlColumn: string | undefined;
  tagsColumn: string | undefined;
  timeoutsMs: readonly (number | undefined)[];
  sizeBytesMax: () => number;
  scheduler: Scheduler;
}

/** Keys of one call that share all but the list: each one query. */
interface Group {
  values: readonly string[];
  /** Values of the list, each once, with the items that asked for it. */
  places: Map<string, number[]>;
}

/** Keys to one query, its rows to their values. */
export class SqlLoader implements Loader {
  readonly source: string;
  readonly batchKeysMax: number;

  constructor(private readonly parts: SqlLoaderParts) {
    this.source = parts.source;
    this.batchKeysMax = parts.batchKeysMax;
  }

  async load({ key, params, deadlineMs, signal }: LoadRequest): Promise<LoadResult> {
    const [result] = await this.loadMany({ items: [{ key, params }], deadlineMs, ...(signal && { signal }) });
    return result!;
  }

  loadMany(request: LoadManyRequest): Promise<LoadResult[]> {
    const bounded = bounds(request, ...this.parts.timeoutsMs);
    return manyWithDeadline(this.parts.scheduler, bounded, (stop) => this.loadAll(request.items, stop));
  }

  private async loadAll(items: readonly LoadItem[], stop: AbortSignal): Promise<LoadResult[]> {
    const results: LoadResult[] = [];
    const groups = this.groupsOf(items, (at, problem) => {
      results[at] = problem;
    });
    await Promise.all(
      groups.map(async ({ values, places }) => {
        const found = await this.ask(values, [...places.keys()], stop);
        for (const [value, at] of places) for (const each of at) results[each] = found.get(value)!;
      }),
    );
    return results;
  }

  private groupsOf(items: readonly LoadItem[], refuse: (at: number, problem: LoadFailure) => void): Group[] {
    const { listIndex } = this.parts;
    const groups = new Map<string, Group>();
    for (const [at, { params }] of items.entries()) {
      const values = this.parts.valuesOf(params).map((bytes) => textOfBytes(bytes));
      if (!values.every((value) => value !== undefined && !value.includes('\0'))) {
        refuse(at, failure('key is not text in UTF-8', false));
        continue;
      }
      const texts = values as string[];
      const listed = listIndex === undefined ? '' : texts[listIndex]!;
      const shared = texts.map((value, i) => (i === listIndex ? '' : value));
      const id = JSON.stringify(shared);
      const group = groups.get(id) ?? { values: shared, places: new Map() };
      groups.set(id, group);
      group.places.set(listed, [...(group.places.get(listed) ?? []), at]);
    }
    return [...groups.values()];
  }

  /** One query, or more where keys of it stand in each other's way. By the value of the list; '' without one. */
  private async ask(
    values: readonly string[],
    list: readonly string[],
    stop: AbortSignal,
  ): Promise<Map<string, LoadResult>> {
    const { database, statement, listIndex } = this.parts;
    const isBatch = listIndex !== undefined;
    const outcome = await database.run(statement.bind(values, list), this.reading(isBatch ? list : null), stop);
    if ('kind' in outcome) {
      const { isOfKey, ...problem } = outcome;
      if (isOfKey && list.length > 1 && !stop.aborted) return this.askInHalves(values, list, stop);
      return new Map(list.map((value) => [value, problem]));
    }
    const found = new Map(list.map((value, i) => [value, outcome.results[i]!]));
    if (!stop.aborted)
      await this.askAlone(
        values,
        outcome.unsure.map((at) => list[at]!),
        found,
        stop,
      );
    return found;
  }

  /** A value that does not fit spoils a query for all: they are told apart by halves. */
  private async askInHalves(values: readonly string[], list: readonly string[], stop: AbortSignal) {
    const middle = list.length >> 1;
    const [some, others] = [list.slice(0, middle), list.slice(middle)];
    const found = await this.ask(values, some, stop);
    for (const [value, result] of await this.ask(values, others, stop)) found.set(value, result);
    return found;
  }

  /** Rows came whose key is written otherwise than it was asked for: those without a row are asked for alone. */
  private async askAlone(
    values: readonly string[],
    list: readonly string[],
    found: Map<string, LoadResult>,
    stop: AbortSignal,
  ): Promise<void> {
    for (const value of list) {
      for (const [, result] of await this.ask(values, [value], stop)) found.set(value, result);
    }
  }

  private reading(keys: readonly string[] | null): Reading {
    const { rows, keyColumn, ttlColumn, tagsColumn } = this.parts;
    const sizeBytesMax = this.parts.sizeBytesMax();
    return {
      rows,
      keys,
      ...(keyColumn !== undefined && { keyColumn }),
      ...(ttlColumn !== undefined && { ttlColumn }),
      ...(tagsColumn !== undefined && { tagsColumn }),
      sizeBytesMax,
      answerBytesMax: Math.max(sizeBytesMax, Math.min(BATCH_BYTES_MAX, sizeBytesMax * (keys?.length ?? 1))),
    };
  }
}
