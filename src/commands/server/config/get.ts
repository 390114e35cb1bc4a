import { bytesOf } from '../../../base/bytes';
import { many, text } from '../../framework/arguments';
import { command } from '../../framework/command';
import { glob } from '../../framework/glob';
import { ADMIN } from '../about';

export const get = command({
  ...ADMIN,
  name: 'get',
  since: '2.0.0',
  summary: 'Get the values of settings',
  help: ['Return parameters matching the glob-like <pattern> and their values.'],
  complexity: 'O(N) when N is the number of settings',
  args: { patterns: many(text('parameter', 'pattern')) },
  run({ node, out }, { patterns }) {
    const globs = patterns.map((pattern) => glob(bytesOf(pattern.toLowerCase())));
    const found = node.admin.configuration
      .entries()
      .filter(([name]) => globs.some((matches) => matches(bytesOf(name))));
    out.map(found.length);
    for (const [name, value] of found) {
      out.bulkText(name);
      out.bulkText(value);
    }
  },
});
