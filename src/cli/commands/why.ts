import type { Reply } from '../../../protocol/reply-reader';
import type { Declare } from '../context';
import { typed } from '../io';
import { display } from '../render/bytes';
import { humanise } from '../render/humanise';
import { pairs } from '../render/table';
import { bufferOf, buffersOf, listOf } from '../replies';

type Value = number | Buffer | Buffer[];
type Fields = ReadonlyMap<string, Value>;

export const why: Declare = (program, context) => {
  program
    .command('why')
    .description('where a key lives and what it hangs on, or why it is gone, since when and by whom')
    .argument('<key>', 'key')
    .action((key: string) =>
      context.run(async (connection) => {
        const fields = fieldsIn(await connection.call('WHY', typed(key)));
        return {
          json: new Map<string, Value | string>([['key', key], ...fields]),
          human: (paint) => {
            const rows = [...fields.keys()]
              .filter((name) => name !== 'lost_at')
              .map((name) => [name, textOf(fields, name)] as const);
            return `${paint.bold(display(Buffer.from(key)))} ${sentence(fields)}\n${pairs(rows, paint)}`;
          },
        };
      }),
    );
};

/** Names and values in turn. Keys and tags stay bytes. */
function fieldsIn(reply: Reply): Map<string, Value> {
  const items = listOf(reply);
  const fields = new Map<string, Value>();
  for (let i = 0; i + 1 < items.length; i += 2) {
    const value = items[i + 1]!;
    const name = bufferOf(items[i]).toString('latin1');
    fields.set(name, typeof value === 'number' ? value : Array.isArray(value) ? buffersOf(value) : bufferOf(value));
  }
  return fields;
}

function textOf(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (value === undefined) return '-';
  if (typeof value === 'number') return name === 'ttl_ms' && value < 0 ? 'none' : humanise(name, value);
  if (Buffer.isBuffer(value)) return display(value);
  return value.map(display).join(name === 'path' ? ' -> ' : ', ') || '-';
}

/** The answer in one line. */
function sentence(fields: Fields): string {
  const text = (name: string): string => textOf(fields, name);
  switch (text('state')) {
    case 'live':
    case 'stale':
      return `is ${text('state')} (${text('layers')})`;
    case 'lost':
      return `is lost: ${text('reason')}${byWhom(fields)}, ${text('ago_ms')} ago`;
    default:
      return fields.get('certain') === 0 ? 'was never seen, or lost too long ago to be remembered' : 'was never seen';
  }
}

function byWhom(fields: Fields): string {
  if (fields.has('rule')) return ` by rule ${textOf(fields, 'rule')}`;
  if (fields.has('path')) return ` with what it depends on, ${textOf(fields, 'path')}`;
  if (fields.has('tag')) return ` by tag ${textOf(fields, 'tag')}`;
  if (fields.has('policy')) return ` by policy ${textOf(fields, 'policy')}`;
  return '';
}
