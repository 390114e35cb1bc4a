const NUL = 0;
const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;
const BACKSLASH = 92;
const LETTER_X = 120;

const ESCAPES = new Map([
  [110, 10], // \n
  [114, 13], // \r
  [116, 9], // \t
  [98, 8], // \b
  [97, 7], // \a
]);

/**
 * Splits a line that a person typed, as Redis does: blanks part words, "..." knows \n \r \t \b \a \xHH and \ before any
 * other character, '...' knows \' only; a closing quote must end its word. The line holds no NUL byte. The words are written
 * into `into` (as long as the line suffices) and reported by their place in it.
 *
 * @returns false if quotes are unbalanced.
 */
export function splitInline(line: Buffer, into: Buffer, word: (start: number, end: number) => void): boolean {
  let i = 0;
  let out = 0;
  for (;;) {
    while (isBlank(byteAt(line, i))) i++;
    if (byteAt(line, i) === NUL) return true;
    const start = out;
    let quote = NUL;
    for (; ; i++) {
      const byte = byteAt(line, i);
      if (quote !== NUL) {
        if (byte === NUL) return false;
        if (byte === quote) {
          const after = byteAt(line, ++i);
          if (after !== NUL && !isBlank(after)) return false;
          break;
        }
        if (byte === BACKSLASH) {
          const used = quote === DOUBLE_QUOTE ? escaped(line, i, into, out) : escapedSingle(line, i, into, out);
          i += used - 1;
        } else into[out] = byte;
        out++;
      } else if (endsWord(byte)) break;
      else if (byte === DOUBLE_QUOTE || byte === SINGLE_QUOTE) quote = byte;
      else into[out++] = byte;
    }
    word(start, out);
  }
}

/** Writes what the escape at `i` stands for; returns how many bytes it takes. */
function escaped(line: Buffer, i: number, into: Buffer, out: number): number {
  const next = byteAt(line, i + 1);
  const high = hexDigit(byteAt(line, i + 2));
  const low = hexDigit(byteAt(line, i + 3));
  if (next === LETTER_X && high >= 0 && low >= 0) {
    into[out] = high * 16 + low;
    return 4;
  }
  into[out] = next === NUL ? BACKSLASH : (ESCAPES.get(next) ?? next);
  return next === NUL ? 1 : 2;
}

function escapedSingle(line: Buffer, i: number, into: Buffer, out: number): number {
  const isQuote = byteAt(line, i + 1) === SINGLE_QUOTE;
  into[out] = isQuote ? SINGLE_QUOTE : BACKSLASH;
  return isQuote ? 2 : 1;
}

/** NUL past the end. */
function byteAt(line: Buffer, i: number): number {
  return i < line.length ? line[i]! : NUL;
}

function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

/** Not every blank: a vertical tab or form feed inside a word belongs to it. */
function endsWord(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === NUL;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const lower = byte | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}
