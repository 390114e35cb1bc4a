import type { TemplateFields } from '../../../monitoring/templates';
import { key } from '../../framework/arguments';
import { command, container } from '../../framework/command';
import type { ReplyWriter } from '../../framework/wire';

const TEMPLATE = { group: 'larder', since: '0.1.0', flags: ['readonly'] } as const;

const list = command({
  ...TEMPLATE,
  name: 'list',
  summary: 'List the key templates of the configuration, as maps',
  help: ['List the key templates of the configuration.'],
  complexity: 'O(N) where N is the number of templates',
  run({ node, out }) {
    const templates = node.templates.list();
    out.array(templates.length);
    for (const template of templates) writeFields(out, template);
  },
});

const test = command({
  ...TEMPLATE,
  name: 'test',
  summary: 'Explain what the configuration makes of a key, and which call would load it, as a map; loads nothing',
  help: ['Explain which template a key has, and which call would load it.'],
  complexity: 'O(N) where N is the number of templates',
  args: { key: key('RO') },
  run({ node, out }, { key }) {
    const found = node.templates.test(key.toString());
    if (found === undefined) out.nil();
    else writeFields(out, found);
  },
});

export const template = container({
  ...TEMPLATE,
  name: 'template',
  summary: 'A container for commands about key templates',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [list, test],
  examples: `
> TEMPLATE LIST
[]
> TEMPLATE TEST no:template
nil
`,
});

function writeFields(out: ReplyWriter, fields: TemplateFields): void {
  out.map(fields.size);
  for (const [name, field] of fields) {
    out.bulkText(name);
    if (typeof field === 'number') out.integer(field);
    else if (typeof field === 'string') out.bulkText(field);
    else if ('get' in field) writeFields(out, field);
    else {
      out.array(field.length);
      for (const each of field) out.bulkText(each);
    }
  }
}
