import type { Explanation } from '../../engine/api';
import { key } from '../framework/arguments';
import { command } from '../framework/command';
import type { ReplyWriter } from '../framework/wire';

export const why = command({
  name: 'why',
  group: 'larder',
  since: '0.1.0',
  summary: 'Explain a key: where it lives and what it hangs on, or why it is gone, since when and by whom',
  complexity: 'O(T) where T is the number of tags, sources and dependents of the key',
  flags: ['readonly'],
  args: { key: key('RO') },
  examples: `
> WHY nobody
["state", "never seen", "certain", :1]
> TAGSET k v TAGS t
+OK
> INVALTAG t
:1
> WHY k
/"state", "lost", "reason", "invalidated", .*"by", "tag", "tag", "t", "epoch", :\\d+/
`,
  run: (ctx, { key }) => ctx.when(ctx.engine.why(ctx.client.db, key), (fields) => write(ctx.out, fields)),
});

function write(out: ReplyWriter, fields: Explanation): void {
  out.map(fields.length);
  for (const [name, value] of fields) {
    out.bulkText(name);
    if (typeof value === 'number') out.integer(value);
    else if (typeof value === 'string') out.bulkText(value);
    else {
      out.array(value.length);
      for (const item of value) out.bulkText(item);
    }
  }
}
