/**
 * A request as an array of bulk strings. Strings are latin1, one byte a character, as keys are everywhere in this house:
 * what a person typed goes through Buffer.from(text) first.
 *
 * Throws RangeError for a character above 0xFF, which latin1 would silently make another one.
 */
export function encodeRequest(args: readonly (string | Buffer | number)[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length}\r\n`, 'latin1')];
  for (const arg of args) {
    const bytes = typeof arg === 'object' ? arg : latin1Bytes(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`, 'latin1'), bytes, LINE_END);
  }
  return Buffer.concat(parts);
}

const LINE_END = Buffer.from('\r\n', 'latin1');

function latin1Bytes(text: string): Buffer {
  if (/[^\x00-\xff]/.test(text)) throw new RangeError('not latin1: pass Buffer.from(text) instead of the string');
  return Buffer.from(text, 'latin1');
}
