import { Fault } from '../../base/fault';
import type { WindowName } from '../../monitoring/api';
import { type Field, type Fields, Fraction } from '../../monitoring/fields';
import { windowNamed } from '../../monitoring/measuring/measuring';
import type { Reports } from '../../monitoring/reports';
import { many, optional, shown, text } from '../framework/arguments';
import { command } from '../framework/command';
import { untilNul } from '../framework/faults';
import type { ReplyWriter } from '../framework/wire';

const QUOTED_CHARS_MAX = 64;

export const stats = command({
  name: 'stats',
  group: 'larder',
  since: '0.1.0',
  summary:
    'Report how well the cache works, by section, since the start or over a window (1m, 5m, 1h, 24h), or set the counters back to zero (STATS RESET)',
  complexity: 'O(1)',
  flags: ['loading', 'stale'],
  tips: ['nondeterministic_output'],
  args: {
    sections: shown(optional(many(text())), {
      type: 'oneof',
      optional: true,
      children: [
        { name: 'section', type: 'string', multiple: true },
        { name: 'window', type: 'string', token: 'WINDOW' },
        { name: 'reset', type: 'pure-token', token: 'RESET' },
      ],
    }),
  },
  examples: `
> STATS RESET
+OK
> STATS misses
/"misses", \\["total", :0/
> STATS nosuch
-ERR unknown section 'nosuch', expected summary, layers, misses, templates, latency, tags, rules, deps, leases, fence, memory, origin, warm, disk, evictions, trend, mrc, alerts or RESET
`,
  run({ node, out }, { sections = [] }) {
    const { reports } = node.admin;
    const { names, window } = asksFor(sections.map((name) => name.toLowerCase()));
    if (names.length === 1 && names[0] === 'reset') {
      reports.reset();
      out.ok();
      return;
    }
    const asked = new Set(names.length === 0 ? reports.statsSections : names);
    writeFields(out, new Map([...asked].map((name) => [name, sectionOf(reports, name, window)])));
  },
});

/** WINDOW and its name may stand anywhere among the sections, once. */
function asksFor(words: readonly string[]): { names: readonly string[]; window?: WindowName } {
  const at = words.indexOf('window');
  if (at < 0) return { names: words };
  const window = windowNamed(words[at + 1] ?? '');
  if (window === undefined) throw new Fault('ERR WINDOW is one of 1m, 5m, 1h, 24h');
  return { names: words.filter((_, i) => i !== at && i !== at + 1), window };
}

function sectionOf(reports: Reports, name: string, window?: WindowName): Fields {
  const fields = reports.stats(name, window);
  if (fields !== undefined) return fields;
  const quoted = untilNul(name).slice(0, QUOTED_CHARS_MAX);
  throw new Fault(`ERR unknown section '${quoted}', expected ${reports.statsSections.join(', ')} or RESET`);
}

function writeFields(out: ReplyWriter, fields: Fields): void {
  out.map(fields.size);
  for (const [name, field] of fields) {
    out.bulkText(name);
    writeField(out, field);
  }
}

function writeField(out: ReplyWriter, field: Field): void {
  if (field instanceof Fraction) out.double(field.value);
  else if (typeof field === 'number') out.integer(field);
  else if (typeof field === 'string') out.bulkText(field);
  else writeFields(out, field);
}
