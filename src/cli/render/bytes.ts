import { isUtf8 } from 'node:buffer';

/** Characters that could move the cursor, hide or reorder text on a terminal. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu;
const SHORT = new Map([
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Bytes as one line that is safe to print: UTF-8 where they are, else \xNN for what is not ASCII. */
export function display(bytes: Buffer): string {
  return isUtf8(bytes) ? safeText(bytes.toString('utf8')) : asciiOf(bytes);
}

/** As display, in double quotes, with \ and " escaped, so that no two values look the same. */
export function quoted(bytes: Buffer): string {
  const slashed = (part: string) => part.replace(/[\\"]/g, '\\$&');
  if (!isUtf8(bytes)) return `"${asciiOf(bytes, slashed)}"`;
  return `"${safeText(slashed(bytes.toString('utf8')))}"`;
}

/** Text with unsafe characters escaped. */
export function safeText(text: string): string {
  return text.replace(UNSAFE, (char) => SHORT.get(char) ?? escapedCharacter(char.codePointAt(0) ?? 0));
}

function escapedCharacter(code: number): string {
  return code < 0x80 ? escapedByte(code) : `\\u{${code.toString(16)}}`;
}

function escapedByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

function asciiOf(bytes: Buffer, before: (part: string) => string = (part) => part): string {
  const text = before(bytes.toString('latin1'));
  return text.replace(/[^\x20-\x7e]/g, (char) => SHORT.get(char) ?? escapedByte(char.charCodeAt(0)));
}
