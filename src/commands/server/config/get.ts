import { bytesOf } from '../../../base/bytes';
import { many, text } from '../../framework/arguments';
import { command } from '../../framework/command';
import { glob } from '../../framework/glob';
import type { Configuration } from '../../node';
import { ADMIN } from '../about';

const GLOB_SIGNS = /[*?[\\]/;

export const get = command({
  ...ADMIN,
  name: 'get',
  since: '2.0.0',
  summary: 'Get the values of settings',
  help: ['Return parameters matching the glob-like <pattern> and their values.'],
  complexity: 'O(N) when N is the number of settings',
  args: { patterns: many(text('parameter', 'pattern')) },
  run({ node, out }, { patterns }) {
    const found = new Map<string, readonly [name: string, value: string]>();
    for (const pattern of patterns) {
      for (const [name, value] of matching(node.admin.configuration, pattern)) {
        if (!found.has(name)) found.set(name, [GLOB_SIGNS.test(pattern) ? name : pattern, value]);
      }
    }
    out.map(found.size);
    for (const [name, value] of found.values()) {
      out.bulkText(name);
      out.bulkText(value);
    }
  },
});

/** Without regard to case. A name that is no pattern is answered as it was asked for. */
function matching(configuration: Configuration, pattern: string): [name: string, value: string][] {
  const matches = glob(bytesOf(pattern.toLowerCase()));
  return configuration.entries().filter(([name]) => matches(bytesOf(name)));
}
