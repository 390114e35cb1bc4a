import type { Declare } from '../context';
import { humanise } from '../render/humanise';
import type { Paint } from '../render/paint';
import { table } from '../render/table';
import { jsonOfTree, numberIn, type Tree, treeOf } from '../render/tree';

type Fields = ReadonlyMap<string, Tree>;

/** Of STATS origin, and what they are called here. */
const COLUMNS: readonly [field: string, head: string][] = [
  ['calls', 'calls'],
  ['keys', 'keys'],
  ['failures', 'failures'],
  ['refused', 'refused'],
  ['running', 'running'],
  ['waiting', 'waiting'],
  ['mean_ms', 'mean'],
  ['p50_ms', 'p50'],
  ['p99_ms', 'p99'],
  ['capacity_per_second', 'capacity/s'],
  ['last_failure', 'last failure'],
];

export const origin: Declare = (program, context) => {
  program
    .command('origin')
    .description('the sources that values are loaded from: breakers, calls, failures, how long they take')
    .action(() =>
      context.run(async (connection) => {
        const sources = sourcesIn(treeOf(await connection.call('STATS', 'origin')));
        return { json: new Map([...sources].map(([name, state]) => [name, jsonOfTree(state)])), human: shown(sources) };
      }),
    );
};

function sourcesIn(stats: Tree): Map<string, Tree> {
  const origin = stats instanceof Map ? stats.get('origin') : undefined;
  const sources = origin instanceof Map ? origin.get('sources') : undefined;
  return sources instanceof Map ? sources : new Map();
}

function shown(sources: ReadonlyMap<string, Tree>): (paint: Paint) => string {
  return (paint) => {
    if (sources.size === 0) return paint.dim('none');
    const rows = [...sources].map(([name, state]) => {
      const fields: Fields = state instanceof Map ? state : new Map();
      return [name, cell(fields, 'kind'), breaker(fields, paint), ...COLUMNS.map(([field]) => cell(fields, field))];
    });
    return table(['source', 'kind', 'breaker', ...COLUMNS.map(([, head]) => head)], rows, paint);
  };
}

function breaker(fields: Fields, { green, red }: Paint): string {
  const state = cell(fields, 'breaker');
  return state === 'closed' ? green(state) : red(`${state}, next call in ${cell(fields, 'retry_in_ms')}`);
}

function cell(fields: Fields, name: string): string {
  const value = fields.get(name);
  const number = typeof value === 'string' ? numberIn(value) : value;
  if (typeof number === 'number') return humanise(name, number);
  return typeof value === 'string' && value !== '' ? value : '-';
}
