/** A member of a JSON object, or an element of an array (`name` is then ''): where its value stands in the text. */
export interface Slice {
  /** As it stands between its quotes, escapes and all. */
  name: string;
  start: number;
  end: number;
}

const DEPTH_MAX = 1000;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** The text is not JSON. Says where, never what. */
export class NotJson extends Error {
  override name = 'NotJson';
}

/**
 * Takes the object or array that begins at `start` apart, without making anything of its values: numbers keep their
 * digits and objects their order. One slice at a time, so that the caller may rest between them. Strings may hold
 * control characters; all else is held to RFC 8259. Throws NotJson.
 */
export function* slicesOf(text: string, start = 0): Generator<Slice, number> {
  let at = skipSpace(text, start);
  const isObject = text[at] === '{';
  if (!isObject && text[at] !== '[') throw new NotJson(`expected an object or array at ${at}`);
  const close = isObject ? '}' : ']';
  at = skipSpace(text, at + 1);
  if (text[at] === close) return at + 1;
  for (;;) {
    let name = '';
    if (isObject) {
      const end = skipString(text, at);
      name = text.slice(at + 1, end - 1);
      at = skipSpace(text, expect(text, skipSpace(text, end), ':'));
    }
    const end = skipValue(text, at);
    yield { name, start: at, end };
    at = skipSpace(text, end);
    if (text[at] === close) return at + 1;
    at = skipSpace(text, expect(text, at, ','));
  }
}

/** Throws NotJson if there is more than space from here. */
export function expectEnd(text: string, at: number): void {
  if (skipSpace(text, at) !== text.length) throw new NotJson(`expected the end at ${at}`);
}

/** Behind the value that begins here. */
function skipValue(text: string, start: number): number {
  const closes: string[] = [];
  let at = start;
  for (;;) {
    const char = text[at];
    if (char === '{' || char === '[') {
      if (closes.length === DEPTH_MAX) throw new NotJson(`more than ${DEPTH_MAX} deep`);
      const close = char === '{' ? '}' : ']';
      at = skipSpace(text, at + 1);
      if (text[at] !== close) {
        closes.push(close);
        if (close === '}') at = skipName(text, at);
        continue;
      }
      at++;
    } else at = char === '"' ? skipString(text, at) : skipScalar(text, at);
    // A value ended: what it stands in may end too, or go on.
    for (;;) {
      const close = closes.at(-1);
      if (close === undefined) return at;
      at = skipSpace(text, at);
      if (text[at] !== close) {
        at = skipSpace(text, expect(text, at, ','));
        if (close === '}') at = skipName(text, at);
        break;
      }
      closes.pop();
      at++;
    }
  }
}

/** Behind a member's name and colon. */
function skipName(text: string, at: number): number {
  return skipSpace(text, expect(text, skipSpace(text, skipString(text, at)), ':'));
}

function skipScalar(text: string, at: number): number {
  SCALAR.lastIndex = at;
  if (!SCALAR.test(text)) throw new NotJson(`expected a value at ${at}`);
  return SCALAR.lastIndex;
}

function skipString(text: string, at: number): number {
  if (text[at] !== '"') throw new NotJson(`expected a string at ${at}`);
  for (let from = at + 1; ; ) {
    const quote = text.indexOf('"', from);
    if (quote === -1) throw new NotJson(`a string from ${at} has no end`);
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    from = quote + 1;
  }
}

function skipSpace(text: string, start: number): number {
  let at = start;
  for (;;) {
    const code = text.charCodeAt(at);
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
    at++;
  }
}

function expect(text: string, at: number, char: string): number {
  if (text[at] !== char) throw new NotJson(`expected '${char}' at ${at}`);
  return at + 1;
}
