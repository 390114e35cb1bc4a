import { duration, integer, size } from '../kinds';
import { setting } from '../setting';

export const INVALIDATION = [
  setting({
    name: 'tags-per-entry-max',
    kind: integer({ min: 1, max: 65_535 }, 'tags'),
    default: 128,
    doc: 'tags of one entry',
  }),
  setting({
    name: 'tag-size-max',
    kind: size({ min: 1, max: 64 * 1024 }),
    default: 4096,
    doc: 'longest tag',
  }),
  setting({
    name: 'tags-max',
    kind: integer({ min: 1, max: 100_000_000 }, 'tags'),
    default: 2_000_000,
    doc: 'different tags at once',
  }),
  setting({
    name: 'dependency-edges-max',
    kind: integer({ min: 0, max: 100_000_000 }, 'edges'),
    default: 1_000_000,
    doc: 'declared dependency edges',
  }),
  setting({
    name: 'why-keys-max',
    kind: integer({ min: 1024, max: 16_777_216 }, 'keys'),
    default: 131_072,
    doc: 'lost keys remembered for WHY, 32 bytes each; taken up to the next power of two',
  }),
];

export const LOADING = [
  setting({
    name: 'load-concurrency-max',
    kind: integer({ min: 1, max: 10_000 }, 'loads'),
    default: 256,
    changeable: true,
    doc: 'loads from sources at once',
  }),
  setting({
    name: 'load-waiters-max',
    kind: integer({ min: 1, max: 10_000_000 }, 'requests'),
    default: 100_000,
    changeable: true,
    doc: 'requests waiting for loads',
  }),
  setting({
    name: 'warm-queue-max',
    kind: integer({ min: 0, max: 10_000_000 }, 'keys'),
    default: 100_000,
    changeable: true,
    doc: 'keys waiting to be warmed',
  }),
  setting({
    name: 'hard-timeout',
    kind: duration('ms', { min: 1, max: 3_600_000 }),
    default: 5_000,
    changeable: true,
    doc: 'deadline of a whole load',
  }),
];
