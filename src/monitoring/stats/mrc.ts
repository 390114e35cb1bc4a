import { type Fields, fields, fraction } from '../fields';
import { diskInMemoryBytes, estimates, type SizeEstimate } from '../miss-ratio/sizes';
import type { Sources } from '../sources';
import { diskFactsOf } from './disk-facts';

/** What other sizes of memory and disk would do, of an LRU and from a sample of the keys; none while too little is known. */
export function mrcStats({ insights, engine, config }: Sources): Fields {
  const { missRatio } = insights;
  const { maxMemoryBytes } = engine.core.memory;
  const disk = diskFactsOf(engine);
  const diskBytes = diskInMemoryBytes(config.diskMaxBytes, disk.rows, disk.liveBytes, missRatio.meanBytes);
  return fields({
    on: missRatio.isOn ? 1 : 0,
    sampled_keys: missRatio.sampledKeys,
    sampled_one_of: fraction(missRatio.oneOf, 1),
    mean_entry_bytes: Math.round(missRatio.meanBytes),
    gets: Math.round(missRatio.curve.gets),
    memory: sizes(estimates(missRatio, maxMemoryBytes), maxMemoryBytes),
    ...(disk.state !== 'off' && { disk: sizes(estimates(missRatio, diskBytes), config.diskMaxBytes) }),
    bytes: missRatio.memoryBytes,
  });
}

function sizes(of: readonly SizeEstimate[], limitBytes: number): Fields {
  return new Map(
    of.map(({ factor, hitRate, gain }) => [
      `x${factor}`,
      fields({ bytes: Math.round(limitBytes * factor), hit_rate: fraction(hitRate), gain: fraction(gain) }),
    ]),
  );
}
