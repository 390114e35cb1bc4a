import { KeyList } from '../base/patterns/key-list';
import type { ListRow } from '../loaders';
import type { WarmHouse } from './house';

/** The keys of one run of a task, some at a time. */
export interface TaskKeys {
  /** How many there are; undefined: not known before the end. */
  readonly total: number | undefined;
  /** The next key (latin1); null at the end; undefined: not now, more will be there soon. */
  next(): string | null | undefined;
}

/** Those that the task names. */
export class NamedKeys implements TaskKeys {
  readonly total: number;
  private readonly keys: Generator<string>;

  constructor(texts: readonly string[]) {
    const list = new KeyList(texts);
    this.total = list.count;
    this.keys = list.keys();
  }

  next(): string | null {
    const { value, done } = this.keys.next();
    return done === true ? null : value;
  }
}

/** As much of a key template as makes keys of rows. */
export interface RowTemplate {
  readonly placeholders: readonly string[];
  keyOf(params: ReadonlyMap<string, string>): string | null;
}

/** Those that a list gave. */
export class ListedKeys implements TaskKeys {
  private readonly keys: string[] = [];
  private at = 0;
  /** Rows that make no key: a field is missing, or holds what would be read otherwise. */
  unfit = 0;

  /** Without a template a row is the key. */
  constructor(private readonly template: RowTemplate | undefined) {}

  get total(): number {
    return this.keys.length;
  }

  add(row: ListRow): void {
    const key = this.template === undefined ? wholeKey(row) : keyIn(this.template, row);
    if (key === null) this.unfit++;
    else this.keys.push(key);
  }

  next(): string | null {
    return this.keys[this.at++] ?? null;
  }
}

/** Those in the cache that fit. */
export class HeldKeys implements TaskKeys {
  readonly total = undefined;
  private cursor = 0;
  private isWhole = false;
  private found: string[] = [];

  constructor(
    private readonly house: WarmHouse,
    private readonly db: number,
    private readonly fits: (key: string) => boolean,
  ) {}

  next(): string | null | undefined {
    const key = this.found.pop();
    if (key !== undefined) return key;
    if (this.isWhole) return null;
    this.cursor = this.house.held(this.db, this.cursor, (each) => {
      if (this.fits(each)) this.found.push(each);
    });
    this.isWhole = this.cursor === 0;
    return this.found.pop();
  }
}

function wholeKey(row: ListRow): string | null {
  if (typeof row === 'string') return row === '' ? null : row;
  const values = [...row.values()];
  const [key = ''] = values;
  return values.length === 1 && key !== '' ? key : null;
}

/** A text fills the only placeholder, fields in order all of them in their order, fields by name those of their name. */
function keyIn({ placeholders, keyOf }: RowTemplate, row: ListRow): string | null {
  if (row instanceof Map) return keyOf(row);
  const values = typeof row === 'string' ? [row] : (row as readonly string[]);
  if (values.length !== placeholders.length) return null;
  return keyOf(new Map(placeholders.map((name, i) => [name, values[i]!])));
}
