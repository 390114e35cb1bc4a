import { bytesOf, latin1Of } from '../../base/bytes';
import type { Context } from '../context';
import { bytes, many, optional, text } from '../framework/arguments';
import { command, container } from '../framework/command';
import { glob } from '../framework/glob';
import type { Argument } from '../framework/wire';
import { QUERY } from './words';

type Channels = 'channels' | 'shardChannels';

function list({ node, out }: Context, kind: Channels, pattern: Argument | undefined): void {
  const matches = pattern === undefined ? () => true : glob(pattern);
  const found = [...node.hub.channels(kind)].filter((name) => matches(bytesOf(name)));
  out.array(found.length);
  for (const name of found) out.bulkText(name);
}

function count({ node, out }: Context, kind: Channels, names: readonly string[] = []): void {
  out.map(names.length);
  for (const name of names) {
    out.bulkText(name);
    out.integer(node.hub.subscribersOf(kind, name));
  }
}

const channels = command({
  ...QUERY,
  name: 'channels',
  since: '2.8.0',
  summary: 'List active channels',
  help: ["Return the currently active channels matching a <pattern> (default: '*')."],
  complexity:
    'O(N) where N is the number of active channels, and assuming constant time pattern matching (relatively short channels and patterns)',
  args: { pattern: optional(bytes(undefined, 'pattern')) },
  run: (ctx, { pattern }) => list(ctx, 'channels', pattern),
});

const numpat = command({
  ...QUERY,
  name: 'numpat',
  since: '2.8.0',
  summary: 'Get the count of distinct patterns that are subscribed to',
  help: ['Return number of subscriptions to patterns.'],
  complexity: 'O(1)',
  run: ({ node, out }) => out.integer(node.hub.patternCount),
});

const numsub = command({
  ...QUERY,
  name: 'numsub',
  since: '2.8.0',
  summary: 'Get the count of subscribers for channels',
  help: [
    'Return the number of subscribers for the specified channels, excluding',
    'pattern subscriptions(default: no channels).',
  ],
  complexity: 'O(N) for the NUMSUB subcommand, where N is the number of requested channels',
  args: { channel: optional(many(text())) },
  run: (ctx, { channel }) => count(ctx, 'channels', channel),
});

const shardchannels = command({
  ...QUERY,
  name: 'shardchannels',
  since: '7.0.0',
  summary: 'List active shard channels',
  help: ["Return the currently active shard level channels matching a <pattern> (default: '*')."],
  complexity:
    'O(N) where N is the number of active shard channels, and assuming constant time pattern matching (relatively short shard channels).',
  args: { pattern: optional(bytes(undefined, 'pattern')) },
  run: (ctx, { pattern }) => list(ctx, 'shardChannels', pattern),
});

const shardnumsub = command({
  ...QUERY,
  name: 'shardnumsub',
  since: '7.0.0',
  summary: 'Get the count of subscribers for shard channels',
  help: ['Return the number of subscribers for the specified shard level channel(s)'],
  complexity: 'O(N) for the SHARDNUMSUB subcommand, where N is the number of requested shard channels',
  args: { shardchannel: optional(many(bytes())) },
  run: (ctx, { shardchannel }) => count(ctx, 'shardChannels', shardchannel?.map(latin1Of)),
});

export const pubsub = container({
  name: 'pubsub',
  group: 'pubsub',
  since: '2.8.0',
  summary: 'A container for Pub/Sub commands',
  complexity: 'Depends on subcommand.',
  flags: [],
  children: [channels, numpat, numsub, shardchannels, shardnumsub],
  examples: `
> PUBSUB NUMSUB news
["news", :0]
> PUBSUB NUMPAT
:0
`,
});
