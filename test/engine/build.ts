import type { World } from '../../src/base/world';
import type { EngineParts } from '../../src/engine/engine';
import { Engine } from '../../src/engine/engine';
import { type Families, NO_FAMILIES } from '../../src/engine/families';
import { FILL_LIMITS, type FillLimits } from '../../src/engine/filling/limits';
import type { LeaseLimits } from '../../src/engine/leases';
import { type Probe, SILENT } from '../../src/engine/probe';
import type { RulesParts } from '../../src/engine/rules';
import { Epochs } from '../../src/invalidation/epochs';
import { Graph } from '../../src/invalidation/graph';
import type { TagLimits } from '../../src/invalidation/limits';
import { Tags } from '../../src/invalidation/tags';
import type { DiskLayer } from '../../src/layers/disk/disk-layer';
import { WriteBudget } from '../../src/layers/disk/write-budget';
import { MemoryLayer } from '../../src/layers/memory/memory-layer';
import type { PolicyName } from '../../src/layers/memory/policies';
import type { TypeLimits } from '../../src/types/limits';

export interface BuildOptions {
  maxMemoryBytes?: number;
  policy?: PolicyName;
  probe?: Probe;
  families?: Families;
  rules?: RulesParts;
  disk?: DiskLayer | null;
  loadsMax?: number;
  waitersMax?: number;
  fill?: Partial<FillLimits>;
  fenceKeysMax?: number;
  leaseLimits?: Partial<LeaseLimits>;
  windowMs?: number;
  invalidateQueueMax?: number;
  tagLimits?: Partial<TagLimits>;
  clientText?: (client: number) => string | undefined;
  typeLimits?: TypeLimits;
  maxCollectionBytes?: number;
}

/** A whole engine in a given world, as the sidecar would build it. */
export function buildEngine(world: World, options: BuildOptions = {}): Engine {
  const disk = options.disk ?? null;
  const epochs = new Epochs((end) => {
    disk?.reserveEpochs(end);
    epochs.saved(end);
  });
  const parts: EngineParts = {
    world,
    seed: 7,
    disk,
    epochs,
    memory: new MemoryLayer({
      maxMemoryBytes: options.maxMemoryBytes ?? 64 << 20,
      policy: options.policy ?? 'allkeys-lru',
      seed: 7,
      random: world.random,
      clock: world.clock,
      onLeave: (slot, reason) => engine.core.forget(slot, reason),
    }),
    tags: new Tags(7, options.tagLimits),
    graph: new Graph(7),
    families: options.families ?? NO_FAMILIES,
    ...(options.rules && { rules: options.rules }),
    probe: options.probe ?? SILENT,
    fillLimits: {
      ...FILL_LIMITS,
      loadsMax: options.loadsMax ?? 8,
      waitersMax: options.waitersMax ?? 1000,
      ...options.fill,
    },
    writeLimits: { keyBytesMax: 65_536, valueBytesMax: 16 << 20 },
    writeBehindLimits: {
      queueMax: 10_000,
      minTtlMs: 0,
      maxValueBytes: 16 << 20,
      maxCollectionBytes: options.maxCollectionBytes ?? 256 << 10,
    },
    writeBudget: new WriteBudget({ rowsPerSecondMax: 1e6, rowsPerSecondMin: 1e6, bytesPerSecondMax: 1e9 }),
    leaseLimits: { leasesMax: 100, waitersMax: 100, ttlMaxMs: 60_000, ttlMs: 10_000, ...options.leaseLimits },
    fenceLimits: { keysMax: options.fenceKeysMax ?? 256 },
    gatherLimits: { windowMs: options.windowMs ?? 0, queueMax: options.invalidateQueueMax ?? 100 },
    ...(options.clientText && { clientText: options.clientText }),
    ...(options.typeLimits && { typeLimits: options.typeLimits }),
    loopUtilization: () => 0,
    commandsServed: () => 0,
  };
  const engine: Engine = new Engine(parts);
  return engine;
}
