import { humanise } from './humanise';
import type { Paint } from './paint';
import { pairs, table } from './table';
import { numberIn, type Tree } from './tree';

/** A report of any depth: plain fields as pairs, maps of alike maps as tables, everything else under its own heading. */
export function reportText(tree: Tree, paint: Paint): string {
  return blocks('', tree, paint).join('\n\n');
}

function blocks(title: string, tree: Tree, paint: Paint): string[] {
  const headed = (body: string) => (title === '' ? body : `${paint.bold(title)}\n${body}`);
  // The sections of a report are never rows of one table, however alike they are.
  const grid = title === '' && tree instanceof Map ? undefined : gridOf(tree);
  if (grid) return [headed(gridText(grid, paint))];
  if (Array.isArray(tree) && !tree.every(isPlain)) {
    return tree.flatMap((item, i) => blocks(`${title}[${i}]`, item, paint));
  }
  if (!(tree instanceof Map)) return [headed(cell(title, tree))];
  const plain = [...tree].filter((field): field is [string, Plain] => isPlain(field[1]));
  const nested = [...tree].filter(([, inner]) => !isPlain(inner));
  const own =
    plain.length > 0 || tree.size === 0
      ? [
          headed(
            pairs(
              plain.map(([n, v]) => [n, cell(n, v)]),
              paint,
            ),
          ),
        ]
      : [];
  return own.concat(nested.flatMap(([name, inner]) => blocks(title === '' ? name : `${title}.${name}`, inner, paint)));
}

type Plain = string | number | null | Plain[];
type Row = readonly [name: string, fields: Map<string, Tree>];

/** One line is enough: a scalar, or a list of scalars. */
function isPlain(tree: Tree): tree is Plain {
  if (Array.isArray(tree)) return tree.every((item) => !Array.isArray(item) && isPlain(item));
  return !(tree instanceof Map);
}

/** Rows of a table: a map or a list in which everything is a map of plain fields. */
function gridOf(tree: Tree): Row[] | undefined {
  if (!(tree instanceof Map) && !Array.isArray(tree)) return undefined;
  const rows: [string, Tree][] = tree instanceof Map ? [...tree] : tree.map((item) => ['', item]);
  // Two alike rows make a table; a single map of one section reads better as pairs.
  if (rows.length === 0 || (rows.length === 1 && tree instanceof Map)) return undefined;
  const alike = (row: [string, Tree]): row is [string, Map<string, Tree>] =>
    row[1] instanceof Map && [...row[1].values()].every(isPlain) && sharesFields(row[1], rows[0]?.[1]);
  return rows.every(alike) ? rows : undefined;
}

function sharesFields(fields: Map<string, Tree>, first: Tree | undefined): boolean {
  return first instanceof Map && (fields === first || [...fields.keys()].some((name) => first.has(name)));
}

function gridText(rows: readonly Row[], paint: Paint): string {
  const columns = [...new Set(rows.flatMap(([, fields]) => [...fields.keys()]))];
  const named = rows.some(([name]) => name !== '');
  const body = rows.map(([name, fields]) => {
    const cells = columns.map((column) => cell(column, fields.get(column) ?? null));
    return named ? [paint.cyan(name), ...cells] : cells;
  });
  return table(named ? ['', ...columns] : columns, body, paint);
}

/** One value for people. */
export function cell(name: string, value: Tree): string {
  if (value === null) return '-';
  if (Array.isArray(value)) return value.map((item) => cell(name, item)).join(', ') || '-';
  if (value instanceof Map) return [...value].map(([n, v]) => `${n}=${cell(n, v)}`).join(' ');
  if (typeof value === 'number') return humanise(name, value);
  const number = numberIn(value);
  return number === undefined ? value : humanise(name, number);
}
