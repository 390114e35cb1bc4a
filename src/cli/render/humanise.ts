/** A number for people, by the unit at the end of its name: 1.5 MiB, 2.1 ms, 94.2 %, 1,234,567. */
export function humanise(name: string, value: number): string {
  for (const [names, format] of FORMATS) if (names.test(name)) return format(value);
  return Number.isInteger(value) ? value.toLocaleString('en-US') : String(value);
}

function bytesText(bytes: number): string {
  return scaled(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

export function durationText(ms: number): string {
  const abs = Math.abs(ms);
  if (abs === 0) return '0 ms';
  if (abs < 1) return `${trimmed(ms * 1000)} µs`;
  if (abs < 1000) return `${trimmed(ms)} ms`;
  if (abs < 60_000) return `${trimmed(ms / 1000)} s`;
  return longText(Math.round(ms / 1000));
}

const FORMATS: readonly [RegExp, (value: number) => string][] = [
  // Numbers that name or date something are not amounts.
  [/(^|_)(id|pid|port|version|time|cursor|clock|bits|arch)$/, String],
  [/(^|_)(bytes|memory|rss)(_(max|min|used|peak))?$|^(used|max)_?memory/i, bytesText],
  [/_us$/, (us) => durationText(us / 1000)],
  [/_ms$/, durationText],
  [/_(seconds|s)$/, (seconds) => durationText(seconds * 1000)],
  [/hit_(rate|ratio)$/, (rate) => (rate <= 1 ? `${trimmed(rate * 100)} %` : `${trimmed(rate)} %`)],
];

function scaled(value: number, step: number, units: readonly string[]): string {
  let unit = 0;
  let rest = value;
  while (Math.abs(rest) >= step && unit < units.length - 1) {
    rest /= step;
    unit++;
  }
  return `${trimmed(rest)} ${units[unit]}`;
}

function longText(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${days} d ${hours} h`;
  return hours > 0 ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/** At most three significant digits after the point's worth of precision: 1.23, 12.3, 123. */
function trimmed(value: number): string {
  const abs = Math.abs(value);
  return String(Number(value.toFixed(abs < 10 ? 2 : abs < 100 ? 1 : 0)));
}
