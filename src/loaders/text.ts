import { isUtf8 } from 'node:buffer';

/** The text of bytes (latin1) in UTF-8; undefined if they are none: two keys may not become one. */
export function textOfBytes(bytes: string): string | undefined {
  const buffer = Buffer.from(bytes, 'latin1');
  return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
}
