import { key, many, optional, shown, text } from '../framework/arguments';

/** What these commands share. */
export const ABOUT = { group: 'pubsub', flags: ['pubsub', 'noscript', 'loading', 'stale'] } as const;
export const QUERY = { group: 'pubsub', flags: ['pubsub', 'loading', 'stale'] } as const;

export const channels = many(text());
export const shardChannels = many(key('not_key'));
export const patterns = shown(many(text()), {
  type: 'block',
  multiple: true,
  children: [{ name: 'pattern', type: 'pattern' }],
});
export const optionalChannels = optional(channels);
export const optionalShardChannels = optional(shardChannels);
export const optionalPatterns = optional(shown(many(text()), { type: 'pattern', multiple: true }));
