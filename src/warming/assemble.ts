import { latin1Of, Span } from '../base/bytes';
import type { World } from '../base/world';
import type { Config, KeyTemplates, WarmSections } from '../config';
import type { Engine } from '../engine/engine';
import { LoadedList, type Loaders } from '../loaders';
import type { WarmHouse } from './house';
import { Warming, type WarmLimits } from './warming';

/** Slots of the directory looked at in one step. */
const HELD_STEP = 256;

export interface WarmingWorld {
  world: World;
  config: Config;
  engine: Engine;
  loaders: Loaders;
  templates: KeyTemplates;
  warm: WarmSections;
}

/** Warming of a whole node. */
export function assembleWarming({ world, config, engine, loaders, templates, warm }: WarmingWorld): Warming {
  const byMatch = new Map(templates.list.map((template) => [latin1(template.match), template]));
  const warming = new Warming({
    world,
    house: houseOf(engine),
    background: engine.background,
    limits: limitsOf(config),
    tasks: warm.tasks,
    known: warm.known,
    lists: new Map(
      [...warm.lists].map(([name, load]) => [name, new LoadedList(name, loaders.open(load), world.scheduler)]),
    ),
    template: (match) => byMatch.get(match),
  });
  engine.diskLife.onReset = () => warming.tasks.saveAll();
  return warming;
}

/** The engine, as warming needs it. */
export function houseOf(engine: Engine): WarmHouse {
  const { core } = engine;
  const { memory } = core;
  const span = new Span(Buffer.alloc(0));
  return {
    quiet: engine.quiet,
    physicalOf: (db) => core.dbs.of(db),
    sourceOf: (key) => core.families.match(key)?.load?.source,
    batchOf(key) {
      const load = core.families.match(key)?.load;
      return { template: load?.template ?? -1, keysMax: load?.batchKeysMax ?? 1 };
    },
    hitsOf(db, key) {
      const slot = memory.find(db, key);
      return slot !== 0 && core.isLive(slot) ? memory.hits(slot) : undefined;
    },
    held(db, cursor, each) {
      const live = (slot: number) => {
        if (memory.dbOf(slot) === db && core.isLive(slot)) each(latin1Of(memory.keyView(slot, span)));
      };
      return memory.scan(cursor, HELD_STEP, live);
    },
  };
}

function limitsOf(config: Config): WarmLimits {
  return {
    get queueMax() {
      return config.warmQueueMax;
    },
    get tasksMax() {
      return config.warmTasksMax;
    },
    get listMax() {
      return config.warmListMax;
    },
    get jitterMs() {
      return config.warmJitterMs;
    },
    get deadlineMs() {
      return config.hardTimeoutMs;
    },
    get concurrencyMax() {
      return config.warmConcurrencyMax;
    },
    get share() {
      return config.warmShare;
    },
    get rateMin() {
      return config.warmRateMin;
    },
  };
}

function latin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
