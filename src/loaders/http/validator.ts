import { dateOf, type Headers, headerOf } from './headers';

const LENGTH_MAX = 256;
const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/;
const DATE = /^[A-Za-z0-9,: +-]{1,64}$/;
/** A date in whole seconds says which version it was only once its second is over. */
const SETTLED_MS = 1000;

/**
 * What tells this answer from the next version of it, opaque to others: the entity tag, or else the date of its last
 * change, unless it may have changed again within that very second.
 */
export function validatorOf(headers: Headers): string | undefined {
  const tag = headerOf(headers, 'etag');
  if (tag !== undefined && tag.length <= LENGTH_MAX && ENTITY_TAG.test(tag)) return `etag ${tag}`;
  const [changed, now] = [dateOf(headers, 'last-modified'), dateOf(headers, 'date')];
  if (changed === undefined || now === undefined || now - changed < SETTLED_MS) return undefined;
  const text = headerOf(headers, 'last-modified')!;
  return DATE.test(text) ? `date ${text}` : undefined;
}

/** The header that asks whether this is still the version; undefined if the validator is of another kind of source. */
export function conditionOf(validator: string): [name: string, value: string] | undefined {
  const [kind, value] = [validator.slice(0, 5), validator.slice(5)];
  if (kind === 'etag ' && ENTITY_TAG.test(value)) return ['if-none-match', value];
  if (kind === 'date ' && DATE.test(value)) return ['if-modified-since', value];
  return undefined;
}
