const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'];

/** Bytes as INFO shows them to people: 894.73K. */
export function humanBytes(bytes: number): string {
  if (bytes < 1024) return `${Math.floor(bytes)}B`;
  let unit = 0;
  let rest = bytes;
  while (rest >= 1024 && unit < UNITS.length - 1) {
    rest /= 1024;
    unit++;
  }
  return `${rest.toFixed(2)}${UNITS[unit]}`;
}
