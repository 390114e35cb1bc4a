import type { InvalidationReport } from '../../engine/api';
import { STAGGER_MS_MAX } from '../../engine/graces';
import { causerOf } from '../causer';
import type { Context } from '../context';
import { both, counted, flag, integer, key, text, token } from '../framework/arguments';
import { command } from '../framework/command';
import { SYNTAX } from '../framework/faults';

/** Longer reasons are cut. */
const REASON_BYTES_MAX = 256;

export const inval = command({
  name: 'inval',
  group: 'larder',
  since: '0.1.0',
  summary: 'Invalidate tags, keys and written rows in one go, with what depends on them, and report what it came to',
  complexity: 'O(T+K+D) for tags, keys and dependents; DRYRUN and LIMIT look at every entry concerned',
  flags: ['write'],
  args: {
    soft: flag('SOFT'),
    dryRun: flag('DRYRUN'),
    sync: flag('SYNC'),
    noCascade: flag('NOCASCADE'),
    limit: token('LIMIT', integer({ min: 0, outOfRange: SYNTAX }, 'entries')),
    staggerMs: token('STAGGER', integer({ min: 0, max: STAGGER_MS_MAX, outOfRange: SYNTAX }, 'milliseconds')),
    reason: token('REASON', text('text')),
    tags: counted('TAGS', 'tag', text()),
    keys: counted('KEYS', 'key', key('RM', 'delete')),
    write: both('WRITE', text('type'), text('id')),
  },
  strict: true,
  examples: `
> TAGSET a 1 TAGS t
+OK
> TAGSET b 2 TAGS t u
+OK
> INVAL DRYRUN TAGS 2 t u
/"epoch", :0, "invalidated", :2, "exact", :1, "soft", :0, "by_layer", .*"by_tag", \\["t", :2, "u", :1\\], "cascaded", :0, "rules", \\[\\], "bytes", :\\d+, "reload_us", :0, "dry_run", :1/
> INVAL LIMIT 1 TAGS 1 t
-ERR 2 entries would be invalidated, more than LIMIT 1; nothing was
> INVAL REASON "new prices" TAGS 1 t KEYS 1 c
/"invalidated", :2, "exact", :1/
> MGET a b
[nil, nil]
`,
  run(ctx, { tags, keys, write, reason, ...options }) {
    if (tags === undefined && keys === undefined && write === undefined) throw SYNTAX;
    const report = ctx.engine.invalidate({
      ...options,
      db: ctx.client.db,
      client: causerOf(ctx).client,
      ...(tags && { tags }),
      ...(keys && { keys }),
      ...(write && { write: { type: write[0], id: write[1] } }),
      ...(reason !== undefined && { reason: reason.slice(0, REASON_BYTES_MAX) }),
    });
    return ctx.when(report, (given) => writeReport(ctx, given));
  },
});

function writeReport({ out }: Context, report: InvalidationReport): void {
  const number = (name: string, value: number | boolean) => {
    out.bulkText(name);
    out.integer(Number(value));
  };
  out.map(12);
  number('epoch', report.epoch);
  number('invalidated', report.invalidated);
  number('exact', report.exact);
  number('soft', report.soft);
  out.bulkText('by_layer');
  out.map(2);
  number('memory', report.byLayer.memory);
  number('disk', report.byLayer.disk);
  out.bulkText('by_tag');
  out.map(report.byTag.size);
  for (const [tag, count] of report.byTag) number(tag, count);
  number('cascaded', report.cascaded);
  out.bulkText('rules');
  out.array(report.rules.length);
  for (const name of report.rules) out.bulkText(name);
  number('bytes', report.bytes);
  number('reload_us', report.reloadUs);
  number('dry_run', report.dryRun);
  number('took_us', report.tookUs);
}
