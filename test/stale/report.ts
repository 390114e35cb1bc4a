import { INVARIANTS, type Invariant } from './book';
import type { CheckResult } from './run';

/** The result as lines for a person. */
export function reportOf(result: CheckResult): string {
  const { tally, faults } = result;
  const writes = Object.entries(tally.writes).sort(([, a], [, b]) => b - a);
  const rows: [string, string][] = [
    ['reads', `${count(tally.reads)} (${count(tally.reads / result.seconds)} a second)`],
    ['hit rate', `${(result.hitRate * 100).toFixed(1)} %`],
    ['misses', count(tally.misses)],
    ['loads', `${count(result.loads)} (answered with the origin's trouble: ${count(tally.loadErrors)} reads)`],
    ['writes acknowledged', writes.map(([what, times]) => `${what} ${count(times)}`).join(', ')],
    ['writes refused', count(tally.refusedWrites)],
    [
      'leases',
      Object.entries(tally.leases)
        .map(([state, times]) => `${state} ${count(times)}`)
        .join(', '),
    ],
    ['lease fills', `stored ${count(tally.leaseStored)}, void ${count(tally.leaseVoid)}`],
    ['fenced fills', `stored ${count(tally.fills)}, fenced ${count(tally.fillsFenced)}`],
    [
      'missing keys',
      Object.entries(tally.reasons)
        .sort(([, a], [, b]) => b - a)
        .map(([reason, times]) => `${reason} ${count(times)}`)
        .join(', '),
    ],
    ['kills and restarts', count(faults.kill ?? 0)],
    [
      'other faults',
      Object.entries(faults)
        .filter(([name]) => name !== 'kill')
        .map(([name, times]) => `${name} ${times}`)
        .join(', '),
    ],
    ['error replies', `${count(tally.errors)}${tally.firstErrors.map((text) => `; ${text}`).join('')}`],
  ];
  const checked = Object.entries(INVARIANTS).map(([name, text]): [string, string] => [
    `${name} violated`,
    `${String(result.counts.get(name as Invariant) ?? 0).padEnd(6)} ${text}`,
  ]);
  const lines = [...rows, ...checked].map(([what, figure]) => `${what.padEnd(20)} ${figure}`);
  return [...lines, ...result.violations.map(({ text }) => `\n!! ${text}`)].join('\n');
}

const count = (value: number) => Math.round(value).toLocaleString('en-US');
