import { TemplateError } from './text-template';

/** Of one text. */
const LISTS_MAX = 8;
/** Of all texts. */
const LISTED_KEYS_MAX = 10_000_000;

/** Words, or whole numbers from the first to the last. */
type Choice = { readonly words: readonly string[] } | { readonly from: number; readonly count: number };
type Piece = string | Choice;

/**
 * Keys as a person lists them: `home`, `page:{news,about}`, `top:{1..100}`; several lists in one text give all their
 * combinations. Braces without a comma or two dots are themselves. The keys are made when they are asked for.
 */
export class KeyList {
  /** Keys in it. */
  readonly count: number;
  private readonly texts: readonly { pieces: readonly Piece[]; count: number }[];

  /** Throws TemplateError, with the index of the text as its path. */
  constructor(texts: readonly string[]) {
    this.texts = texts.map((text, i) => {
      const pieces = piecesOf(text, i);
      const count = pieces.reduce((product, piece) => product * countOf(piece), 1);
      return { pieces, count };
    });
    this.count = this.texts.reduce((sum, { count }) => sum + count, 0);
    if (this.count > LISTED_KEYS_MAX) throw new TemplateError(`expected at most ${LISTED_KEYS_MAX} keys`, [0]);
  }

  /** The keys from the first to the last. */
  *keys(): Generator<string> {
    for (const { pieces, count } of this.texts) for (let i = 0; i < count; i++) yield keyAt(pieces, i);
  }
}

function keyAt(pieces: readonly Piece[], index: number): string {
  let rest = index;
  let key = '';
  // From the end, so that the last list goes round fastest.
  for (let i = pieces.length - 1; i >= 0; i--) {
    const piece = pieces[i]!;
    const count = countOf(piece);
    key = textAt(piece, rest % count) + key;
    rest = Math.floor(rest / count);
  }
  return key;
}

function countOf(piece: Piece): number {
  if (typeof piece === 'string') return 1;
  return 'words' in piece ? piece.words.length : piece.count;
}

function textAt(piece: Piece, i: number): string {
  if (typeof piece === 'string') return piece;
  return 'words' in piece ? piece.words[i]! : String(piece.from + i);
}

function piecesOf(text: string, index: number): Piece[] {
  if (text === '') throw new TemplateError('expected a key', [index]);
  const pieces = text
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== '')
    .map((part) => pieceOf(part, index));
  if (pieces.filter((piece) => typeof piece !== 'string').length > LISTS_MAX)
    throw new TemplateError(`expected at most ${LISTS_MAX} lists in one key`, [index]);
  return pieces;
}

function pieceOf(part: string, index: number): Piece {
  if (!part.startsWith('{') || !part.endsWith('}')) return part;
  const inside = part.slice(1, -1);
  const [, first, last] = /^(\d{1,15})\.\.(\d{1,15})$/.exec(inside) ?? [];
  if (first !== undefined) {
    const [from, to] = [Number(first), Number(last)];
    if (to < from) throw new TemplateError(`{${inside}} goes down`, [index]);
    return { from, count: to - from + 1 };
  }
  return inside.includes(',') ? { words: inside.split(',') } : part;
}
