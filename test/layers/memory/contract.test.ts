import { MemoryAsLayer } from '../../../src/layers/memory/as-layer';
import { ManualClock } from '../../support/manual-world';
import { layerContract } from '../contract';
import { seededRandom } from './support';

layerContract('the memory layer', () => {
  const clock = new ManualClock();
  const random = seededRandom(3);
  const layer = new MemoryAsLayer({ maxMemoryBytes: 0, policy: 'allkeys-lru', seed: 1, random, clock });
  return { layer, now: () => clock.now, advance: (ms) => void (clock.now += ms) };
});
