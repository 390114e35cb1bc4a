import type { Fields } from '../../monitoring/fields';
import { many, optional, text } from '../framework/arguments';
import { command } from '../framework/command';

export const info = command({
  name: 'info',
  group: 'server',
  since: '1.0.0',
  summary: 'Get information and statistics about the server',
  complexity: 'O(1)',
  flags: ['loading', 'stale'],
  categories: ['dangerous'],
  tips: ['nondeterministic_output', 'request_policy:all_shards', 'response_policy:special'],
  args: { sections: optional(many(text('section'))) },
  examples: `
> INFO replication
/role:master\\\\r\\\\n/
> INFO cluster
"# Cluster\\r\\ncluster_enabled:0\\r\\n"
> INFO nosuch
""
`,
  run({ node, out }, { sections = [] }) {
    const report = node.admin.reports.info(sections);
    out.verbatim('txt', report.map(([title, fields]) => sectionText(title, fields)).join('\r\n'));
  },
});

function sectionText(title: string, fields: Fields): string {
  const lines = [...fields].map(([name, value]) => `${name}:${value}\r\n`);
  return `# ${title}\r\n${lines.join('')}`;
}
