import { Fault } from '../../base/fault';
import { type Positional, text } from '../framework/arguments';

type Field = readonly [name: string, value: string];

const WORD = text();

/** `field value`: what a written row says about itself, for the placeholders of rules. */
export const FIELD: Positional<Field> = {
  kind: 'positional',
  least: 2,
  rest: false,
  shape: {
    type: 'block',
    children: [
      { name: 'field', type: 'string' },
      { name: 'value', type: 'string' },
    ],
  },
  read: (input) => [WORD.read(input), WORD.read(input)],
};

/** Throws Fault if a field is named twice. */
export function contextOf(fields: readonly Field[] = []): ReadonlyMap<string, string> {
  const context = new Map(fields);
  if (context.size !== fields.length) throw new Fault('ERR a CONTEXT field is named twice');
  return context;
}
