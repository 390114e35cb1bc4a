import type { Abilities } from './checker';
import { Connection } from './connection';
import type { Kind } from './key-space';

const ALL: readonly Kind[] = [
  ...([
    'load',
    'soft',
    'held',
    'lease',
    'fill',
    'put',
    'tput',
    'src',
    'made',
    'bound',
    'edge',
    'item',
    'list',
    'page',
  ] as const),
  'shop',
];

/** Asks the server what it can do. */
export async function abilitiesOf(port: number): Promise<Abilities> {
  const connection = await Connection.open(
    port,
    () => performance.now(),
    () => {},
  );
  const knows = async (command: string) => {
    const reply = await connection.ask('COMMAND', 'INFO', command);
    return Array.isArray(reply) && Array.isArray(reply[0]) && reply[0].length > 0;
  };
  const inval = await knows('inval');
  const soft = inval && !((await connection.ask('INVAL', 'SOFT', 'TAGS', 1, 'nobody')) instanceof Error);
  const found = {
    ...{ leases: await knows('lease'), inval, soft },
    ...{ invalwrite: await knows('invalwrite'), rules: await knows('rule') },
    why: await knows('why'),
  };
  connection.close();
  return found;
}

/** The kinds of keys that can be checked, and a line for each that is left out. */
export function kindsFor(abilities: Abilities): { kinds: Set<Kind>; leftOut: string[] } {
  const leftOut: string[] = [];
  const kinds = new Set(ALL);
  if (!abilities.leases) {
    kinds.delete('lease');
    kinds.delete('fill');
    leftOut.push('left out: lease and fenced fills (the server has no LEASE); keys bound by DEPS are written through');
  }
  if (!abilities.rules) {
    kinds.delete('shop');
    leftOut.push('left out: rules (the server has no RULE)');
  }
  if (!abilities.inval) leftOut.push('left out: INVAL (the server does not know it)');
  if (!abilities.soft) leftOut.push('left out: soft invalidation (the server has no INVAL SOFT)');
  if (!abilities.invalwrite) leftOut.push('left out: INVALWRITE (the server does not know it)');
  return { kinds, leftOut };
}
