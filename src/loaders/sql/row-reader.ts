import { failure, type LoadFailure, type LoadResult } from '../loader';
import { bytesOf, type Cell, jsonOf, textOf } from './cell';
import { addRemark, REMARK_COLUMNS, type RemarkName, type Remarks } from './remarks';

/** How rows become results. Plain data: it also travels to the process that reads SQLite. */
export interface Reading {
  /** `one`: a second row is a failure. `many`: a JSON array of the rows, empty for none. */
  rows: 'one' | 'many';
  /** For each of these the rows that name it; null: all rows are of one key. */
  keys: readonly string[] | null;
  /** Of several keys, the column that says whose row it is; the first otherwise. */
  keyColumn?: string;
  ttlColumn?: string;
  tagsColumn?: string;
  /** Longest value. */
  sizeBytesMax: number;
  /** All values together. */
  answerBytesMax: number;
}

export interface Outcome {
  /** In the order of `keys`, or just one. */
  results: LoadResult[];
  /** Keys without a row, by index, where rows came of keys that nobody asked for: written otherwise, perhaps ("007" and "7"). */
  unsure: number[];
}

interface Gathered extends Remarks {
  rowCount: number;
  /** Of one row. */
  value: Buffer | null;
  /** Of many, JSON. */
  parts: string[];
  sizeBytes: number;
  failure?: LoadFailure;
}

export function tooLarge(sizeBytesMax: number): LoadFailure {
  return failure(`response larger than ${sizeBytesMax} bytes`, false);
}

/** Takes rows as they arrive and keeps no more of them than results may hold. */
export class RowReader {
  private readonly gathered = new Map<string, Gathered>();
  private readonly strangers: Gathered[] = [];
  private hasStrangers = false;
  private keyAt = -1;
  private values: { at: number; name: string }[] = [];
  private remarks: { at: number; name: RemarkName }[] = [];
  private sizeBytes = 0;

  constructor(private readonly reading: Reading) {
    for (const key of reading.keys ?? ['']) this.gathered.set(key, newGathered());
  }

  /** Before any row. What it answers ends the query. */
  columns(names: readonly string[]): LoadFailure | undefined {
    const { keys, keyColumn, ttlColumn, tagsColumn } = this.reading;
    if (new Set(names).size < names.length) return failure('query gives two columns of one name', false);
    this.keyAt = keys === null ? -1 : keyColumn === undefined ? 0 : names.indexOf(keyColumn);
    if (keys !== null && this.keyAt === -1) return failure('query gives no column for the key', false);
    const remarkNames = new Map<string, RemarkName>(
      Object.entries(REMARK_COLUMNS).map(([name, column]) => [column, name as RemarkName]),
    );
    if (ttlColumn !== undefined) remarkNames.set(ttlColumn, 'ttl');
    if (tagsColumn !== undefined) remarkNames.set(tagsColumn, 'tags');
    for (const [at, name] of names.entries()) {
      const remark = remarkNames.get(name);
      if (at === this.keyAt) continue;
      if (remark === undefined) this.values.push({ at, name });
      else this.remarks.push({ at, name: remark });
    }
    return this.values.length === 0 ? failure('query gives no column for the value', false) : undefined;
  }

  /** What it answers ends the query. */
  row(cells: readonly Cell[]): LoadFailure | undefined {
    const gathered = this.gatheredOf(cells);
    if (gathered === undefined || gathered.failure !== undefined) return undefined;
    const problem = this.add(gathered, cells);
    if (problem !== undefined) gathered.failure = problem;
    if (this.sizeBytes > this.reading.answerBytesMax) return tooLarge(this.reading.answerBytesMax);
    return this.reading.keys === null ? problem : undefined;
  }

  outcome(): Outcome {
    const all = [...this.gathered.values()];
    const [only] = all;
    // Asked for one key alone, a row is that key's, however the database writes it.
    if (all.length === 1 && only!.rowCount === 0 && this.strangers.length > 0) {
      return { results: [this.resultOf(this.strangers[0]!)], unsure: [] };
    }
    const unsure = all.flatMap(({ rowCount }, i) => (this.hasStrangers && rowCount === 0 ? [i] : []));
    return { results: all.map((each) => this.resultOf(each)), unsure: all.length > 1 ? unsure : [] };
  }

  private gatheredOf(cells: readonly Cell[]): Gathered | undefined {
    if (this.reading.keys === null) return this.gathered.get('');
    const cell = cells[this.keyAt] ?? null;
    if (cell === null) return undefined;
    const known = this.gathered.get(textOf(cell));
    if (known !== undefined) return known;
    this.hasStrangers = true;
    if (this.gathered.size > 1) return undefined;
    if (this.strangers.length === 0) this.strangers.push(newGathered());
    return this.strangers[0];
  }

  private add(gathered: Gathered, cells: readonly Cell[]): LoadFailure | undefined {
    gathered.rowCount++;
    if (this.reading.rows === 'one' && gathered.rowCount > 1) return failure('query gives more than one row', false);
    for (const { at, name } of this.remarks) {
      const problem = addRemark(gathered, name, cells[at] ?? null);
      if (problem !== undefined) return problem;
    }
    const before = gathered.sizeBytes;
    if (this.reading.rows === 'one') this.setValue(gathered, cells);
    else this.addPart(gathered, cells);
    this.sizeBytes += gathered.sizeBytes - before;
    if (gathered.sizeBytes <= this.reading.sizeBytesMax) return undefined;
    // What is not kept does not count.
    this.sizeBytes -= gathered.sizeBytes;
    gathered.parts = [];
    gathered.value = null;
    return tooLarge(this.reading.sizeBytesMax);
  }

  private setValue(gathered: Gathered, cells: readonly Cell[]): void {
    const cell = cells[this.values[0]!.at] ?? null;
    if (this.values.length > 1) gathered.value = Buffer.from(this.objectOf(cells));
    else gathered.value = cell === null ? null : bytesOf(cell);
    gathered.sizeBytes = gathered.value?.length ?? 0;
  }

  private addPart(gathered: Gathered, cells: readonly Cell[]): void {
    const part = this.values.length > 1 ? this.objectOf(cells) : jsonOf(cells[this.values[0]!.at] ?? null);
    gathered.parts.push(part);
    // With its comma; and the brackets once.
    gathered.sizeBytes += Buffer.byteLength(part) + 1 + (gathered.rowCount === 1 ? 1 : 0);
  }

  private objectOf(cells: readonly Cell[]): string {
    return `{${this.values.map(({ at, name }) => `${JSON.stringify(name)}:${jsonOf(cells[at] ?? null)}`).join(',')}}`;
  }

  private resultOf({ rowCount, value, parts, sizeBytes: _, failure: problem, ...remarks }: Gathered): LoadResult {
    if (problem !== undefined) return problem;
    if (this.reading.rows === 'many') return { kind: 'value', value: Buffer.from(`[${parts.join(',')}]`), ...remarks };
    if (rowCount > 0 && value !== null) return { kind: 'value', value, ...remarks };
    return { kind: 'absent', ...(remarks.ttlMs !== undefined && { ttlMs: remarks.ttlMs }) };
  }
}

function newGathered(): Gathered {
  return { rowCount: 0, value: null, parts: [], sizeBytes: 0 };
}
