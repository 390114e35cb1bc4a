import CliTable3 from 'cli-table3';
import type { Paint } from './paint';

const BORDERLESS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

/** A table without lines, so that grep and awk can read it too. Cells are printed as they are: make them safe first. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string {
  const built = new CliTable3({
    chars: BORDERLESS,
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
    head: head.map(paint.bold),
  });
  for (const row of rows) built.push([...row]);
  return built
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Name and value, one pair a line. */
export function pairs(rows: readonly (readonly [string, string])[], paint: Paint): string {
  return table(
    [],
    rows.map(([name, value]) => [paint.cyan(name), value]),
    paint,
  );
}
