/** Anything but text and bytes: a number, a truth, a date, JSON. */
export interface Literal {
  /** As the database writes it. */
  text: string;
  /** As it stands in a JSON object. */
  json: string;
}

/** What stands in one column of one row. */
export type Cell = null | string | Buffer | Literal;

/** NaN and the infinities, which JSON lacks, are texts there. */
export function numberCell(text: string): Literal {
  return { text, json: /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/.test(text) ? text : JSON.stringify(text) };
}

export function bytesOf(cell: string | Buffer | Literal): Buffer {
  if (typeof cell === 'string') return Buffer.from(cell, 'utf8');
  // A copy: a driver's buffer may be a small part of a large one.
  return Buffer.from(Buffer.isBuffer(cell) ? cell : cell.text);
}

export function textOf(cell: string | Buffer | Literal): string {
  if (typeof cell === 'string') return cell;
  return Buffer.isBuffer(cell) ? cell.toString('utf8') : cell.text;
}

/** Bytes are base64. */
export function jsonOf(cell: Cell): string {
  if (cell === null) return 'null';
  if (typeof cell === 'string') return JSON.stringify(cell);
  return Buffer.isBuffer(cell) ? JSON.stringify(cell.toString('base64')) : cell.json;
}
