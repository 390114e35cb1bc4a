import { STATS_SECTIONS } from '../monitoring/stats/sections';
import { code, table } from './markdown';

const ABOUT = new Map([
  [
    'summary',
    'the node at a glance: hit rate and its rating, entries, bytes, what expired, was evicted, was invalidated',
  ],
  [
    'layers',
    'memory, disk and origin, each by what it was asked for: gets, hits, hit rate, entries, bytes, errors, p50, p95, p99',
  ],
  ['misses', 'misses by what became of the key: absent, expired, evicted, deleted, invalidated, ...'],
  [
    'templates',
    'the busiest 200 key templates: gets, hit rate and its rating, misses by reason, loads, evictions, what they saved the origin',
  ],
  ['latency', 'how long commands took, all and each, how late the event loop was; p50, p95, p99, longest'],
  ['tags', 'tags, sets of equal tags, tagged entries, what waits to be reclaimed, bytes, the epoch'],
  ['rules', 'rules, how often they fired, what they killed and how much of it came back unchanged, what was left out'],
  ['deps', 'dependency edges, declared and bound to values, what died through them, bytes'],
  ['leases', 'leases and who waits for them: given, stored, lost to an invalidation or a write, expired'],
  ['fence', 'fills that were refused since something changed meanwhile, by what told when they began; what that costs'],
  ['memory', 'the limit, what is used and by what, the resident size of the process'],
  ['origin', 'loads: failures, readers that shared one, fenced ones, under way, waiting, WARM'],
  [
    'warm',
    'keys waiting, the budget and how it is used, what was loaded, unchanged, fresh, wasted, failed, by whom and by task',
  ],
  ['disk', 'rows, bytes, the queue, what was shed or not admitted, commits, errors'],
  [
    'evictions',
    'the policy, what it let go, how old, idle and wanted that was, what was asked for again within 10 minutes',
  ],
  [
    'trend',
    'the hit rate against an hour and a day before, its slope, what is expected of it, lasting changes and through which template',
  ],
  [
    'mrc',
    'what a quarter, half, twice, four and eight times the memory and the disk would do to the hit rate, from a sample of the keys',
  ],
  [
    'alerts',
    'each rule of `alerts` as it stands: its state, value and limit, how often it fired; what became of the messages',
  ],
]);

/** The sections of STATS. Throws if one has no line here. */
export function statsTable(): string {
  const rows = [...STATS_SECTIONS.keys()].map((name) => {
    const about = ABOUT.get(name);
    if (about === undefined) throw new Error(`STATS section ${name}: say what it tells in src/docs/stats-table.ts`);
    return [code(name), about];
  });
  return table(['section', 'what it tells'], rows);
}
