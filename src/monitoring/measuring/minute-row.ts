import { LOSSES, type Loss } from '../../engine/counters';
import { MINUTE_TEMPLATES_MAX, type MinuteRow, type MinuteTemplate } from '../api';
import { entriesOf, type Sources, usedBytesOf } from '../sources';
import { diskFactsOf } from '../stats/disk-facts';
import { G, GLOBAL_MISSES, type GlobalColumn, missesIn, T, TEMPLATE_MISSES, TEMPLATE_WIDTH } from './columns';
import type { Histograms } from './series';
import { eventsIn, type Templates } from './templates';

export interface MinuteParts {
  atMs: number;
  seconds: number;
  columns: Float64Array;
  histograms: Histograms;
  templates: Templates;
  sources: Sources;
}

/** Misses that an invalidation caused, of whatever kind. */
const BY_INVALIDATION: readonly Loss[] = ['invalidated', 'killed', 'flushed', 'fenced'];

export function minuteRow({ atMs, seconds, columns, histograms, templates, sources }: MinuteParts): MinuteRow {
  const of = (column: GlobalColumn) => columns[G[column]]!;
  const { engine } = sources;
  return {
    atMs,
    seconds,
    commands: of('commands'),
    gets: of('gets'),
    memoryHits: of('memoryHits'),
    diskHits: of('diskHits'),
    staleHits: of('staleHits'),
    misses: missesIn(columns, GLOBAL_MISSES).misses,
    sets: of('sets'),
    expired: of('expired'),
    evicted: of('evicted'),
    evictedAskedAgain: of('evictedAskedAgain'),
    invalidations: of('invalidations'),
    invalidatedEntries: of('invalidatedEntries'),
    loads: of('loads'),
    loadFailures: of('loadFailures'),
    loadMs: of('loadMs'),
    errorReplies: of('errorReplies'),
    diskErrors: of('diskErrors'),
    savedCalls: of('savedCalls'),
    savedMs: of('savedMs'),
    netInputBytes: of('netInputBytes'),
    netOutputBytes: of('netOutputBytes'),
    latency: histograms.commands.percentiles(),
    memoryLatency: histograms.memory.percentiles(),
    diskLatency: histograms.disk.percentiles(),
    originLatency: histograms.origin.percentiles(),
    eventLoop: histograms.loop.percentiles(),
    clients: sources.clients().connected,
    entries: entriesOf(engine),
    usedBytes: usedBytesOf(engine),
    rssBytes: sources.process.rssBytes(),
    diskBytes: diskFactsOf(engine).liveBytes,
    templates: busiest(templates),
  };
}

function busiest(templates: Templates): MinuteTemplate[] {
  const rows: { slot: number; weight: number }[] = [];
  for (let slot = 0; slot < templates.count; slot++) {
    const from = slot * TEMPLATE_WIDTH;
    const weight = eventsIn(templates.minute, from);
    if (weight > 0) rows.push({ slot, weight });
  }
  rows.sort((a, b) => b.weight - a.weight);
  return rows.slice(0, MINUTE_TEMPLATES_MAX).map(({ slot }) => templateRow(templates, slot));
}

function templateRow(templates: Templates, slot: number): MinuteTemplate {
  const { minute } = templates;
  const from = slot * TEMPLATE_WIDTH;
  const at = (column: number) => minute[from + column]!;
  const missed = (...reasons: readonly Loss[]) =>
    reasons.reduce((sum, reason) => sum + at(TEMPLATE_MISSES + LOSSES.indexOf(reason)), 0);
  return {
    template: templates.nameOf(slot),
    hits: at(T.memoryHits) + at(T.diskHits),
    staleHits: at(T.staleHits),
    misses: missed(...LOSSES),
    missesInvalidated: missed(...BY_INVALIDATION),
    missesEvicted: missed('evicted'),
    missesExpired: missed('expired'),
    loads: at(T.loads),
    loadFailures: at(T.loadFailures),
    loadMs: at(T.loadMs),
    evicted: at(T.evicted),
    savedMs: at(T.savedMs),
  };
}
