/** Longer ones are worth a native call. */
const SHORT_CHARS = 24;

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  const { length } = bytes;
  if (length > SHORT_CHARS) return Buffer.from(bytes.buffer, bytes.byteOffset, length).toString('latin1');
  let text = '';
  for (let i = 0; i < length; i++) text += String.fromCharCode(bytes[i]!);
  return text;
}

/** Of a latin1 string. */
export function bytesOf(text: string): Uint8Array {
  const { length } = text;
  const bytes = new Uint8Array(length);
  if (length > SHORT_CHARS) Buffer.from(bytes.buffer).write(text, 'latin1');
  else for (let i = 0; i < length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
