import type { WarmTaskSpec } from '../../../config';
import { WARM_EVERY_MS_MIN, WARM_PRIORITY_MAX, WARM_RATE_MAX } from '../../../config/warm-task';
import { counted, flag, integer, key, text, token } from '../../framework/arguments';
import { command } from '../../framework/command';

const TTL_MS_MAX = 1e15;

export const add = command({
  group: 'larder',
  since: '0.1.0',
  name: 'add',
  summary: 'Add a task that loads keys before they are asked for, or replace the one of that id; it outlives a restart',
  help: ['Add a task: its keys, or those of a template with the rows of a list from the configuration.'],
  complexity: 'O(N) where N is the number of keys and tags named',
  flags: ['write'],
  args: {
    id: text(),
    name: token('NAME', text('text')),
    keys: counted('KEYS', 'key', key('RW', 'update')),
    template: token('TEMPLATE', text('pattern', 'pattern')),
    from: token('FROM', text('list')),
    priority: token('PRIORITY', integer({ min: -WARM_PRIORITY_MAX, max: WARM_PRIORITY_MAX })),
    ttl: token('TTL', integer({ min: 1, max: TTL_MS_MAX }, 'milliseconds')),
    every: token('EVERY', integer({ min: WARM_EVERY_MS_MIN, max: TTL_MS_MAX }, 'milliseconds')),
    cron: token('CRON', text('expression')),
    timezone: token('TIMEZONE', text('zone')),
    onStart: flag('ONSTART'),
    rate: token('RATE', integer({ min: 1, max: WARM_RATE_MAX }, 'keys-per-second')),
    tags: counted('TAGS', 'tag', text()),
    force: flag('FORCE'),
  },
  strict: true,
  run({ node, client, out }, given) {
    const spec: WarmTaskSpec = {
      id: given.id,
      name: given.name ?? '',
      db: client.db,
      keys: (given.keys ?? []).map((each) => each.toString()),
      template: given.template ?? '',
      list: given.from ?? '',
      priority: given.priority ?? 0,
      ttlMs: given.ttl,
      everyMs: given.every,
      cron: given.cron,
      timezone: given.timezone ?? '',
      onStart: given.onStart,
      rate: given.rate,
      tags: given.tags ?? [],
      force: given.force,
    };
    node.warming.tasks.add(spec);
    out.ok();
  },
});
