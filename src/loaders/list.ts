import type { Scheduler } from '../base/world';
import { type ListRow, RowError, RowReader } from './list-rows';
import { failure, type Loader, type LoadFailure } from './loader';

/** Where the keys of warming tasks come from: one call, many rows. */
export interface ListSource {
  /** The source's name in the configuration. */
  readonly source: string;
  /** Never rejects, and settles within the deadline but for the time `each` takes. `each` says false when it has enough. */
  list(deadlineMs: number, each: (row: ListRow) => boolean): Promise<ListResult>;
}

export type ListResult = { readonly kind: 'rows'; readonly rows: number } | LoadFailure;

const NO_PARAMS: ReadonlyMap<string, string> = new Map();
/** Rows between two looks at the event loop. */
const ROWS_A_SLICE = 200;

/** A list that is the value of a load: a JSON array, or lines. */
export class LoadedList implements ListSource {
  constructor(
    private readonly name: string,
    private readonly loader: Loader,
    private readonly scheduler: Scheduler,
  ) {}

  get source(): string {
    return this.loader.source;
  }

  async list(deadlineMs: number, each: (row: ListRow) => boolean): Promise<ListResult> {
    const loaded = await this.loader.load({ key: this.name, params: NO_PARAMS, deadlineMs });
    if (loaded.kind === 'failure') return loaded;
    if (loaded.kind !== 'value') return failure('there is no such list', false);
    try {
      return { kind: 'rows', rows: await this.read(new RowReader(loaded.value), each) };
    } catch (error) {
      if (error instanceof RowError) return failure(error.message, false);
      throw error;
    }
  }

  private async read(reader: RowReader, each: (row: ListRow) => boolean): Promise<number> {
    for (let rows = 0; ; rows++) {
      const row = reader.next();
      if (row === null || !each(row)) return rows;
      if (rows % ROWS_A_SLICE === ROWS_A_SLICE - 1) await new Promise<void>((next) => this.scheduler.soon(next));
    }
  }
}
