import type { Collection } from '../../src/types/collection';
import { Hash } from '../../src/types/hash';
import { List } from '../../src/types/list';
import { MemberSet } from '../../src/types/set';
import { SortedSet } from '../../src/types/sorted-set';

/** All that is in a collection, in its order where it has one, as plain values. */
export function contentsOf(found: Collection): unknown {
  if (found instanceof Hash) {
    const fields: [string, string][] = [];
    found.each((field, value) => fields.push([field, value]));
    return fields.sort(([a], [b]) => (a < b ? -1 : 1));
  }
  if (found instanceof MemberSet) {
    const members: string[] = [];
    found.each((member) => members.push(member));
    return members.sort();
  }
  const items: unknown[] = [];
  if (found instanceof SortedSet) found.each((member, score) => items.push([member, score]));
  if (found instanceof List) {
    const list = (found.packed === null ? found : (found.clone() as List)).open();
    list.walk(0, false, (element) => items.push(element) > 0);
  }
  return items;
}
