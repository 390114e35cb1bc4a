/** Characters that stand for themselves: none of them means anything in HTML, in a query string, or to a terminal. */
const PLAIN = /[A-Za-z0-9\-_.~:/@,;!$()*{}[\]|]/;
const CONTROL = /[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;
const TEXT_LENGTH_MAX = 512;

const ESCAPES = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return PLAIN.test(character) && byte < 0x80 ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

/**
 * A key or tag (latin1) as the port shows and takes it: bytes that are not plain are percent-encoded. Lossless, inert in a
 * page, and good as it is behind `?key=`.
 */
export function escapeName(latin1: string): string {
  let text = '';
  for (let i = 0; i < latin1.length; i++) text += ESCAPES[latin1.charCodeAt(i) & 0xff];
  return text;
}

/** The bytes (latin1) that percent-encoded text stands for; undefined if it is broken. Characters beyond ASCII: as UTF-8. */
export function unescapeName(text: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  return bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Free text (latin1 of bytes that are UTF-8 mostly), for people: without control characters, cut. */
export function readable(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8').replace(CONTROL, '?').slice(0, TEXT_LENGTH_MAX);
}
