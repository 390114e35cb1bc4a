/** CRC-32 (IEEE), for Node versions whose zlib has none. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

function crc32(text: string): number {
  let crc = -1;
  for (let i = 0; i < text.length; i++) crc = TABLE[(crc ^ text.charCodeAt(i)) & 0xff]! ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

const PADDING_CHARS_MAX = 180;

/** `key|version|crc|padding`; the padding's length follows from the version. */
export function rowText(key: string, version: number): string {
  const padding = 'p'.repeat((version * 37) % PADDING_CHARS_MAX);
  return `${key}|${version}|${crc32(`${key}|${version}|${padding}`).toString(16)}|${padding}`;
}

/** The version in a value of this key; NaN if it is not one, byte for byte. */
export function versionIn(value: string, key: string): number {
  const end = value.indexOf('|', key.length + 1);
  const version = Number(value.slice(key.length + 1, end));
  return Number.isSafeInteger(version) && value === rowText(key, version) ? version : Number.NaN;
}
