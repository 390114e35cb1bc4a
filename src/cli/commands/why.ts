import type { Declare } from '../context';
import { typed } from '../io';
import { display } from '../render/bytes';
import { cell } from '../render/report';
import { pairs } from '../render/table';
import { jsonOfTree, type Tree, treeOf } from '../render/tree';

export const why: Declare = (program, context) => {
  program
    .command('why')
    .description('where a key lives and what it hangs on, or why it is gone, since when and by whom')
    .argument('<key>', 'key')
    .action((key: string) =>
      context.run(async (connection) => {
        const tree = treeOf(await connection.call('WHY', typed(key)));
        const fields = tree instanceof Map ? tree : new Map<string, Tree>();
        return {
          json: { key, ...(jsonOfTree(fields) as object) },
          human: (paint) => {
            const told = [...fields].filter(([name]) => name !== 'lost_at');
            const rows = pairs(
              told.map(([name, value]) => [name, textOf(name, value)]),
              paint,
            );
            return `${paint.bold(display(Buffer.from(key)))} ${sentence(fields)}\n${rows}`;
          },
        };
      }),
    );
};

function textOf(name: string, value: Tree): string {
  if (name === 'ttl_ms' && value === -1) return 'none';
  if (name === 'path' && Array.isArray(value)) return value.map((step) => cell('key', step)).join(' -> ');
  return cell(name, value);
}

/** The answer in one line. */
function sentence(fields: ReadonlyMap<string, Tree>): string {
  const text = (name: string): string => textOf(name, fields.get(name) ?? null);
  switch (fields.get('state')) {
    case 'live':
    case 'stale':
      return `is ${text('state')} (${text('layers')})`;
    case 'lost':
      return `is lost: ${text('reason')}${byWhom(fields, text)}, ${text('ago_ms')} ago`;
    default:
      return fields.get('certain') === 0 ? 'was never seen, or lost too long ago to be remembered' : 'was never seen';
  }
}

function byWhom(fields: ReadonlyMap<string, Tree>, text: (name: string) => string): string {
  if (fields.has('rule')) return ` by rule ${text('rule')}`;
  if (fields.has('path')) return ` with what it depends on, ${text('path')}`;
  if (fields.has('tag')) return ` by tag ${text('tag')}`;
  if (fields.has('policy')) return ` by policy ${text('policy')}`;
  return '';
}
