import type { Reply } from '../../../protocol/reply-reader';
import { bufferOf, buffersOf, listOf, numberOf } from '../replies';
import { display } from './bytes';
import { humanise } from './humanise';
import type { JsonValue } from './json';
import type { Paint } from './paint';
import { pairs } from './table';

type Field = number | Buffer[] | Map<string, number>;
export type Invalidation = ReadonlyMap<string, Field>;

/** What INVAL answers: names and values in turn, also within `by_layer` and `by_tag`. */
export function invalidationIn(reply: Reply): Invalidation {
  const fields = new Map<string, Field>();
  for (const [name, value] of inTurn(reply)) {
    if (name === 'rules') fields.set(name, buffersOf(value));
    else if (name.startsWith('by_')) fields.set(name, new Map(inTurn(value).map(([key, n]) => [key, numberOf(n)])));
    else fields.set(name, numberOf(value));
  }
  return fields;
}

function inTurn(reply: Reply): [string, Reply][] {
  const items = listOf(reply);
  return Array.from({ length: items.length >> 1 }, (_, i) => [display(bufferOf(items[2 * i])), items[2 * i + 1]!]);
}

export function invalidationJson(fields: Invalidation): JsonValue {
  return new Map(
    [...fields].map(([name, value]) => [name, name === 'dry_run' || name === 'exact' ? value === 1 : value]),
  );
}

/** A line that says how many, then what the rest of the report says. */
export function invalidationText(fields: Invalidation, paint: Paint): string {
  const count = Number(fields.get('invalidated'));
  const verb = fields.get('dry_run') === 1 ? 'would be invalidated' : 'invalidated';
  const head = `${count.toLocaleString('en-US')} ${count === 1 ? 'entry' : 'entries'} ${verb}`;
  const rows = [...fields]
    .filter(([name]) => name !== 'invalidated' && name !== 'dry_run')
    .map(([name, value]) => [name, fieldText(name, value)] as const);
  return `${head}\n${pairs(rows, paint)}`;
}

function fieldText(name: string, value: Field): string {
  if (typeof value === 'number') return name === 'exact' ? (value === 1 ? 'yes' : 'no') : humanise(name, value);
  if (Array.isArray(value)) return value.map(display).join(', ') || '-';
  return [...value].map(([key, n]) => `${key} ${humanise('', n)}`).join(', ') || '-';
}
