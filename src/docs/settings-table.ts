import { describeSettings } from '../config';
import { code, groupBy, table } from './markdown';

const HEADS = ['name', 'default', 'plain number is in', 'while running', 'what it is'];

/** Every setting, a table a group, from the rows that the configuration is read with. */
export function settingsTable(): string {
  return [...groupBy(describeSettings(), ({ group }) => group)]
    .map(([group, rows]) => {
      const cells = rows.map((row) => [
        code(row.name),
        code(row.default === '' ? '""' : row.default),
        row.unit,
        row.isChangeable ? 'yes' : '',
        row.doc,
      ]);
      return `**${group}**\n\n${table(HEADS, cells)}`;
    })
    .join('\n\n');
}
