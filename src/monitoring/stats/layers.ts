import { LOSSES } from '../../engine/counters';
import type { LayerCounts, WindowName } from '../api';
import { type Fields, fields, fraction } from '../fields';
import { ratingOf } from '../rating';
import { entriesOf, type Sources } from '../sources';
import { diskFactsOf } from './disk-facts';
import { latencyFields } from './percentiles';

type Counts = Pick<LayerCounts, 'gets' | 'hits' | 'entries' | 'bytes' | 'errors'>;

/** Each layer by what it was asked for: those behind it only get what it did not have. */
export function layersStats(sources: Sources, window?: WindowName): Fields {
  const { monitoring } = sources;
  const { layers } = window === undefined ? monitoring.totals() : monitoring.window(window);
  const counts = window === undefined ? sinceStart(sources) : layers;
  return new Map(layers.map((layer, i) => [layer.layer, layerFields(layer, counts[i]!)]));
}

/** In the order of layers; also of what was counted before anything was measured. */
function sinceStart({ engine }: Sources): Counts[] {
  const { counters, memory } = engine.core;
  const disk = diskFactsOf(engine);
  const diskMisses = counters.misses[LOSSES.indexOf('lost')]!;
  return [
    {
      gets: counters.gets,
      hits: counters.memoryHits,
      entries: entriesOf(engine),
      bytes: memory.usedBytes,
      errors: 0,
    },
    {
      gets: counters.diskHits + diskMisses,
      hits: counters.diskHits,
      entries: disk.rows,
      bytes: disk.liveBytes,
      errors: disk.readErrors + disk.writeErrors + disk.checksumErrors,
    },
    { gets: counters.loads, hits: counters.originHits, entries: 0, bytes: 0, errors: counters.loadFailures },
  ];
}

function layerFields({ staleHits, latency }: LayerCounts, { gets, hits, entries, bytes, errors }: Counts): Fields {
  return fields({
    gets,
    hits,
    hit_rate: fraction(hits / gets),
    rating: ratingOf(hits, gets),
    entries,
    bytes,
    errors,
    stale_hits: staleHits,
    ...latencyFields(latency),
  });
}
