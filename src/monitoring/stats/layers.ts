import { LOSSES } from '../../engine/counters';
import { type Fields, fields, fraction } from '../fields';
import { ratingOf } from '../rating';
import { entriesOf, type Sources } from '../sources';
import { diskFactsOf } from './disk-facts';

/** Each layer by what it was asked for: those behind it only get what it did not have. */
export function layersStats({ engine }: Sources): Fields {
  const { counters, memory } = engine.core;
  const disk = diskFactsOf(engine);
  const diskMisses = counters.misses[LOSSES.indexOf('lost')]!;
  return fields({
    memory: layer(counters.gets, counters.memoryHits, entriesOf(engine), memory.usedBytes, 0),
    disk: layer(
      counters.diskHits + diskMisses,
      counters.diskHits,
      disk.rows,
      disk.liveBytes,
      disk.readErrors + disk.writeErrors + disk.checksumErrors,
    ),
    origin: layer(counters.loads, counters.originHits, 0, 0, counters.loadFailures),
  });
}

function layer(gets: number, hits: number, entries: number, bytes: number, errors: number): Fields {
  return fields({ gets, hits, hit_rate: fraction(hits / gets), rating: ratingOf(hits, gets), entries, bytes, errors });
}
