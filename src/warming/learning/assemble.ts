import { join } from 'node:path';
import type { World } from '../../base/world';
import type { Config, KeyTemplates } from '../../config';
import { Demand } from '../../engine/demand';
import type { Engine } from '../../engine/engine';
import type { Probes } from '../../engine/probes';
import type { WarmQueue } from '../queue';
import { Learning } from './learning';

const FILE = 'larder.learned';

export interface LearningAround {
  world: World;
  config: Config;
  templates: KeyTemplates;
  engine: Pick<Engine, 'core' | 'background' | 'filling'>;
  probes: Probes;
  queue: WarmQueue;
}

/** Learning in a running node: hears the engine's news, works in its background, offers to warming's queue. */
export function assembleLearning({ world, config, templates, engine, probes, queue }: LearningAround): Learning {
  const { core, background } = engine;
  const { sources } = engine.filling;
  const learning = new Learning({
    world,
    templates,
    demand: new Demand(core),
    settings: {
      keysMax: config.learningKeysMax,
      usersMax: config.learningUsersMax,
      get isOn() {
        return config.learning;
      },
      get halfLifeMs() {
        return config.learningHalfLifeMs;
      },
      get aheadMs() {
        return config.learningAheadMs;
      },
      get savePeriodMs() {
        return config.learningSavePeriodMs;
      },
      get defaultTtlMs() {
        return config.defaultTtlMs;
      },
    },
    file: config.learningFile === 'auto' ? join(config.dir, FILE) : config.learningFile,
    offer: (offer) => queue.offer(offer),
    physicalOf: (db) => core.dbs.of(db),
    logicalOf: (physical) => core.dbs.logicalOf(physical),
    sources: {
      capacities: () =>
        sources.all.map(({ facts: { name }, capacity: { perSecond, usualMs } }) => ({ name, perSecond, usualMs })),
      resume: ({ name, perSecond, usualMs }) =>
        sources.all.find(({ facts }) => facts.name === name)?.capacity.resume(perSecond, usualMs),
    },
    costMsOf: (match) => core.costs.meanUsOf(match) / 1000,
  });
  probes.add(learning);
  background.add('learning', (enough) => learning.work(enough));
  return learning;
}
