import type { Reply } from '../../../protocol/reply-reader';
import type { Declare } from '../context';
import { EXIT } from '../exit-codes';
import { typed } from '../io';
import { display } from '../render/bytes';
import { humanise } from '../render/humanise';
import { pairs, table } from '../render/table';
import { bufferOf, buffersOf, listOf } from '../replies';

type Field = number | Buffer | Buffer[] | Fields;
type Fields = Map<string, Field>;

/** Fields that are maps; all other arrays are lists. */
const MAPS = ['params', 'load'];

export const templates: Declare = (program, context) => {
  const group = program.command('templates').description('key templates of the configuration');
  group
    .command('list')
    .description('all, in the order in which they are tried')
    .action(() =>
      context.run(async (connection) => {
        const all = listOf(await connection.call('TEMPLATE', 'LIST')).map(fieldsIn);
        const rows = all.map((fields) => [
          ...['template', 'tags', 'ttl_ms', 'grace_ms'].map((name) => textOf(name, fields.get(name))),
          callText(fields.get('load')),
        ]);
        return {
          json: all,
          human: (paint) =>
            rows.length === 0 ? paint.dim('none') : table(['template', 'tags', 'ttl', 'grace', 'load'], rows, paint),
        };
      }),
    );
  group
    .command('test')
    .description('which template a key has, its tags and times, and which call would load it; exit code 1 if none')
    .argument('<key>', 'key; nothing is loaded')
    .action((key: string) =>
      context.run(async (connection) => {
        const reply = await connection.call('TEMPLATE', 'TEST', typed(key));
        if (reply === null) return { json: { key, template: null }, exit: EXIT.no, note: 'no template matches' };
        const fields = fieldsIn(reply);
        return {
          json: new Map<string, Field | string>([['key', key], ...fields]),
          human: (paint) => pairs([...rowsOf(fields), ['call', callText(fields.get('load'))]], paint),
        };
      }),
    );
};

/** Names and values in turn. Keys and tags stay bytes. */
function fieldsIn(reply: Reply): Fields {
  const items = listOf(reply);
  const fields: Fields = new Map();
  for (let i = 0; i + 1 < items.length; i += 2) {
    const value = items[i + 1]!;
    const name = bufferOf(items[i]).toString('latin1');
    if (typeof value === 'number') fields.set(name, value);
    else if (!Array.isArray(value)) fields.set(name, bufferOf(value));
    else fields.set(name, MAPS.includes(name) && !isInLoad(fields) ? fieldsIn(value) : buffersOf(value));
  }
  return fields;
}

/** The params of a query are a list, those of a key a map. */
function isInLoad(before: Fields): boolean {
  return before.has('kind');
}

function rowsOf(fields: Fields): [string, string][] {
  const rows: [string, string][] = [];
  for (const [name, field] of fields) {
    if (!(field instanceof Map)) rows.push([name, textOf(name, field)]);
    else if (name === 'params')
      rows.push([name, [...field].map(([of, value]) => `${of}=${textOf(of, value)}`).join(' ') || '-']);
  }
  return rows;
}

/** GET /users/7 from api; select ... with "7" from db; module file.js. */
function callText(load: Field | undefined): string {
  if (!(load instanceof Map)) return '-';
  const text = (name: string) => textOf(name, load.get(name));
  const batch = load.get('batch');
  const together = typeof batch === 'number' && batch > 1 ? `, up to ${batch} keys a call` : '';
  const refused = load.has('refused') ? `, refused: ${text('refused')}` : '';
  switch (text('kind')) {
    case 'http':
      return `GET ${text('path')} from ${text('source')}${together}${refused}`;
    case 'sql':
      return `${text('query')}${load.has('params') ? ` with ${text('params')}` : ''} from ${text('source')}${together}`;
    case 'module':
      return `module ${text('module')}${together}`;
    default:
      return 'none';
  }
}

function textOf(name: string, field: Field | undefined): string {
  if (field === undefined || field instanceof Map) return '-';
  if (typeof field === 'number') return name === 'index' ? String(field) : humanise(name, field);
  if (Buffer.isBuffer(field)) return display(field) || '-';
  return field.map(display).join(name === 'params' ? ', ' : ' ') || '-';
}
