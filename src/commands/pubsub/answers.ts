import type { Context } from '../context';
import type { Kind } from './hub';

const WORDS = {
  channels: ['subscribe', 'unsubscribe'],
  patterns: ['psubscribe', 'punsubscribe'],
  shardChannels: ['ssubscribe', 'sunsubscribe'],
} as const;

/** Channels and patterns are counted together, shard channels on their own. */
function countOf({ client: { subscriptions } }: Context, kind: Kind): number {
  if (subscriptions === null) return 0;
  if (kind === 'shardChannels') return subscriptions.shardChannels.size;
  return subscriptions.channels.size + subscriptions.patterns.size;
}

function confirm(ctx: Context, kind: Kind, word: string, name: string | null): void {
  const { out } = ctx;
  out.push(3);
  out.bulkText(word);
  if (name === null) out.nil();
  else out.bulkText(name);
  out.integer(countOf(ctx, kind));
}

/** One confirmation for each name. */
export function subscribeTo(ctx: Context, kind: Kind, names: readonly string[]): void {
  for (const name of names) {
    ctx.node.hub.subscribe(ctx.client, kind, name);
    confirm(ctx, kind, WORDS[kind][0], name);
  }
}

/** The same; without names all of the kind are meant, and if there is none that is confirmed. */
export function unsubscribeFrom(ctx: Context, kind: Kind, names: readonly string[] | undefined): void {
  const word = WORDS[kind][1];
  const meant = names ?? [...(ctx.client.subscriptions?.[kind] ?? [])];
  for (const name of meant) {
    ctx.node.hub.unsubscribe(ctx.client, kind, name);
    confirm(ctx, kind, word, name);
  }
  if (meant.length === 0) confirm(ctx, kind, word, null);
}
