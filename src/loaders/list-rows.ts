/** One row of a list: a text, fields in their order, or fields by name. All latin1 of their bytes. */
export type ListRow = string | readonly string[] | ReadonlyMap<string, string>;

/** Thrown with a short printable reason that holds nothing of what was read. */
export class RowError extends Error {
  override name = 'RowError';
}

const [QUOTE, BACKSLASH, COMMA, NEWLINE, RETURN] = [0x22, 0x5c, 0x2c, 0x0a, 0x0d];
const [ARRAY, ARRAY_END, OBJECT, OBJECT_END] = [0x5b, 0x5d, 0x7b, 0x7d];

const isBlank = (byte: number) => byte === 0x20 || byte === 0x09 || byte === NEWLINE || byte === RETURN;

/**
 * Rows out of a body, some at a time: the elements of a JSON array, or lines, each JSON or a plain text. A JSON row is a
 * string, a number, an array or an object of those.
 */
export class RowReader {
  private at = 0;
  private readonly isArray: boolean;

  constructor(private readonly body: Buffer) {
    this.at = this.skipBlanks(0);
    this.isArray = body[this.at] === ARRAY;
    if (this.isArray) this.at = this.skipBlanks(this.at + 1);
  }

  /** The next row; null at the end. Throws RowError. */
  next(): ListRow | null {
    return this.isArray ? this.nextElement() : this.nextLine();
  }

  private nextElement(): ListRow | null {
    const { body } = this;
    if (this.at >= body.length) throw new RowError('the list has no end');
    if (body[this.at] === ARRAY_END) {
      if (this.skipBlanks(this.at + 1) !== body.length) throw new RowError('there is more behind the list');
      return null;
    }
    const end = this.endOfElement();
    const row = rowOf(parsed(body.toString('utf8', this.at, end)));
    this.at = end;
    if (body[this.at] === COMMA) {
      this.at = this.skipBlanks(this.at + 1);
      if (body[this.at] === ARRAY_END) throw new RowError('a row is missing');
    }
    return row;
  }

  /** Index of the comma or bracket that ends the element. */
  private endOfElement(): number {
    const { body } = this;
    let depth = 0;
    let inText = false;
    for (let i = this.at; i < body.length; i++) {
      const byte = body[i]!;
      if (inText) {
        if (byte === BACKSLASH) i++;
        else if (byte === QUOTE) inText = false;
      } else if (byte === QUOTE) inText = true;
      else if (byte === ARRAY || byte === OBJECT) depth++;
      else if (depth > 0 && (byte === ARRAY_END || byte === OBJECT_END)) depth--;
      else if (depth === 0 && (byte === COMMA || byte === ARRAY_END)) return i;
    }
    throw new RowError('the list has no end');
  }

  private nextLine(): ListRow | null {
    const { body } = this;
    if (this.at >= body.length) return null;
    const newline = body.indexOf(NEWLINE, this.at);
    const end = newline === -1 ? body.length : newline;
    const first = body[this.at]!;
    const line = body.subarray(this.at, end);
    this.at = this.skipBlanks(end);
    if (first === OBJECT || first === ARRAY || first === QUOTE) return rowOf(parsed(line.toString('utf8')));
    return line.toString('latin1').trimEnd();
  }

  private skipBlanks(from: number): number {
    let at = from;
    while (at < this.body.length && isBlank(this.body[at]!)) at++;
    return at;
  }
}

/** What a source gave as one row. Throws RowError for what is none. */
export function rowOf(value: unknown): ListRow {
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value === 'object' && value !== null)
    return new Map(
      Object.entries(value).flatMap(([name, field]) => (isField(field) ? [[latin1(name), textOf(field)]] : [])),
    );
  return textOf(value);
}

function isField(value: unknown): boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function textOf(value: unknown): string {
  if (!isField(value)) throw new RowError('a row is neither text nor numbers');
  return latin1(String(value));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RowError('a row is not JSON');
  }
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
