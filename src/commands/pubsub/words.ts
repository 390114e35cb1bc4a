import { key, many, optional, shown, text } from '../framework/arguments';

/** What these commands share. */
export const ABOUT = { group: 'pubsub', flags: ['pubsub', 'noscript', 'loading', 'stale'] } as const;
export const QUERY = { group: 'pubsub', flags: ['pubsub', 'loading', 'stale'] } as const;

export const channels = many(text());
/** Clients of a cluster find the node by it, so it has the place of a key. */
export const shardChannel = shown(key('not_key'), { type: 'string', use: ['not_key'] });
export const shardChannels = many(shardChannel);
export const patterns = shown(many(text()), {
  type: 'block',
  multiple: true,
  children: [{ name: 'pattern', type: 'pattern' }],
});
export const optionalChannels = optional(channels);
export const optionalShardChannels = optional(shardChannels);
export const optionalPatterns = optional(shown(many(text()), { type: 'pattern', multiple: true }));
