import type { World } from '../../src/base/world';
import { Warming } from '../../src/warming/warming';

/** Warming without a single loader: tasks can be added and asked about, and load nothing. */
export function plainWarming(world: World): Warming {
  return new Warming({
    world,
    house: {
      quiet: { loadQuietly: async () => 'no-loader', sourceStates: () => [] },
      physicalOf: (db) => db,
      sourceOf: () => undefined,
      hitsOf: () => undefined,
      held: () => 0,
    },
    background: { add() {}, wake() {} },
    limits: {
      queueMax: 100,
      tasksMax: 100,
      listMax: 100,
      jitterMs: 0,
      deadlineMs: 1000,
      concurrencyMax: 1,
      share: 0.2,
      rateMin: 50,
    },
    tasks: [],
    known: { template: () => undefined, templates: [], lists: [], databases: 16 },
    lists: new Map(),
    template: () => undefined,
  });
}
