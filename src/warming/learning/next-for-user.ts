import type { LoadedKeys } from './keys';
import { type Learned, nameOfKey } from './learned';
import { SESSION_GAP_MS, type User } from './users';

/** A value of placeholders counts as popular if so large a part of all uses of its template had it. */
const POPULAR_SHARE = 0.1;
/** Keys of one template for one user. */
const KEYS_PER_TEMPLATE_MAX = 16;
/** What the user asked for before goes before everything that only others did. */
const OWN = 1;

/**
 * Keys that a user is likely to ask for next, the likeliest first: those the user asked for in past sessions, and keys of
 * templates that name a user, with values of the other placeholders that this user's keys had, or that are usual with all.
 */
export function nextForUser(learned: Learned, keys: LoadedKeys, db: number, id: string, wallMs: number): string[] {
  const user = learned.users.get(id);
  const inSession = user !== undefined && wallMs - user.lastAtMs <= SESSION_GAP_MS;
  const last = inSession ? user.lastTemplate : '';
  const scores = new Map<string, number>();
  const offer = (key: string, score: number) => {
    if (score > (scores.get(key) ?? -1)) scores.set(key, score);
  };
  const own = user === undefined ? [] : ownKeys(user, db);
  const values = new Map<string, Set<string>>();
  for (const [key, share] of own) {
    const known = keys.know(key);
    if (known === null) continue;
    keys.gather(key, values);
    offer(key, OWN + learned.transitions.likelihood(known.match, last) + share);
  }
  for (const match of keys.userTemplates) {
    const likely = learned.transitions.likelihood(match, last);
    for (const key of keys.keysFor(match, id, values, KEYS_PER_TEMPLATE_MAX)) offer(key, likely);
    for (const [others, share] of popularOf(learned, match, wallMs)) {
      for (const key of keys.keyFrom(match, id, others)) offer(key, likely * share);
    }
  }
  return [...scores].sort((a, b) => b[1] - a[1]).map(([key]) => key);
}

/** With each key's share of the user's uses. */
function ownKeys({ keys }: User, db: number): [key: string, share: number][] {
  const prefix = nameOfKey(db, '');
  const mine = [...keys].filter(([name]) => name.startsWith(prefix));
  const sum = mine.reduce((total, [, uses]) => total + uses, 0);
  return mine.map(([name, uses]) => [name.slice(prefix.length), uses / sum]);
}

function popularOf(learned: Learned, match: string, wallMs: number): [others: string, share: number][] {
  const popular = learned.templates.get(match)?.popular;
  if (popular === undefined) return [];
  const found: [string, number][] = [];
  let sum = 0;
  for (let item = 0; item < popular.size; item++) {
    const uses = popular.surelyOf(item, wallMs);
    sum += uses;
    found.push([popular.nameOf(item), uses]);
  }
  return found
    .map(([others, uses]): [string, number] => [others, sum === 0 ? 0 : uses / sum])
    .filter(([, share]) => share >= POPULAR_SHARE);
}
