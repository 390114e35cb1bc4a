import { atLeast, exactly } from '../../bench/bars';
import { count, percent } from '../../bench/format';
import { machine, markdown, type Row } from '../../bench/report';
import type { CheckResult } from './run';

/** Of a run of ten minutes. */
const READS_MIN = 500_000;
const HIT_RATE_MIN = 0.5;
const TARGET_SECONDS = 600;

/** The result as a section of bench/RESULTS.md. */
export function sectionOf(result: CheckResult, command: string, seed: number): string {
  const { tally, faults, counts, loads, hitRate, seconds } = result;
  const violated = [...counts.values()].reduce((sum, each) => sum + each, 0);
  const old = (['I1', 'I4', 'I5', 'I6'] as const).reduce((sum, each) => sum + (counts.get(each) ?? 0), 0);
  const readsMin = Math.round((READS_MIN * Math.min(seconds, TARGET_SECONDS)) / TARGET_SECONDS);
  const writes = Object.values(tally.writes).reduce((sum, each) => sum + each, 0);
  const rows: Pick<Row, 'figure' | 'subject' | 'bar'>[] = [
    { figure: 'old values', subject: count(old), bar: exactly(old, 0) },
    { figure: 'violations of any kind', subject: count(violated), bar: exactly(violated, 0) },
    { figure: 'reads', subject: count(tally.reads), bar: atLeast(tally.reads, readsMin, count(readsMin)) },
    { figure: 'hit rate', subject: percent(hitRate), bar: atLeast(hitRate, HIT_RATE_MIN, percent(HIT_RATE_MIN)) },
    { figure: 'writes and invalidations acknowledged', subject: count(writes) },
    { figure: 'loads by the server', subject: count(loads) },
    { figure: 'lease fills stored, void', subject: `${count(tally.leaseStored)}, ${count(tally.leaseVoid)}` },
    { figure: 'fills after a miss stored, fenced', subject: `${count(tally.fills)}, ${count(tally.fillsFenced)}` },
    { figure: 'kill -9 and restart', subject: count(faults.kill ?? 0) },
    { figure: 'other faults', subject: othersOf(faults) },
  ];
  const cells = rows.map(({ figure, subject, bar }) => {
    return [figure, subject, bar?.text ?? '', bar === undefined ? '' : bar.met ? 'met' : '**missed**'];
  });
  return [
    '## check:stale: nothing old after an acknowledged invalidation, under load and faults',
    '',
    `${new Date().toISOString().slice(0, 16)}, ${machine()}: \`${command}\`, seed ${seed}, ${count(seconds)} s`,
    '',
    markdown([['figure', 'Larder', 'bar', ''], Array(4).fill('---'), ...cells]),
    '',
    '- Clients, origin and checker are one process on the same machine. What is judged, and how: test/stale/README.md.',
  ].join('\n');
}

function othersOf(faults: CheckResult['faults']): string {
  const others = Object.entries(faults).filter(([name]) => name !== 'kill');
  return others.map(([name, times]) => `${name} ${times}`).join(', ') || 'none';
}
