import { duration, integer, size, words } from '../kinds';
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
    name: 'rules-max',
    kind: integer({ min: 0, max: 100_000 }, 'rules'),
    default: 1_000,
    changeable: true,
    doc: 'rules at once, from the file and by RULE ADD',
  }),
  setting({
    name: 'rule-patterns-max',
    kind: integer({ min: 1, max: 1_000 }, 'patterns'),
    default: 32,
    changeable: true,
    doc: 'patterns of a rule, and as many templates',
  }),
  setting({
    name: 'rule-tries-max',
    kind: integer({ min: 1, max: 100_000 }, 'patterns'),
    default: 256,
    changeable: true,
    doc: 'patterns that one tag may be held against: those of its first segment, and all that begin with a placeholder',
  }),
  setting({
    name: 'rule-depth-max',
    kind: integer({ min: 1, max: 1_000 }, 'rules'),
    default: 16,
    changeable: true,
    doc: 'longest chain of rules that trigger each other; it is cut there, counted and logged',
  }),
  setting({
    name: 'rule-expansion-max',
    kind: integer({ min: 1, max: 1_000_000 }, 'tags'),
    default: 10_000,
    changeable: true,
    doc: 'tags that rules add to one invalidation; the rest is left out, counted and logged',
  }),
  setting({
    name: 'key-prefixes',
    kind: words('prefixes'),
    default: [],
    doc: 'prefixes that clients put before every key (app:), taken off before keys are matched; depends-on gets them back',
  }),
  setting({
    name: 'why-keys-max',
    kind: integer({ min: 1024, max: 16_777_216 }, 'keys'),
    default: 131_072,
    doc: 'lost keys remembered for WHY, 32 bytes each; taken up to the next power of two',
  }),
  setting({
    name: 'invalidate-window',
    kind: duration('ms', { max: 1_000 }),
    default: 0,
    changeable: true,
    doc: 'gather invalidations of all clients for so long, and apply them together; 0 is at once',
  }),
  setting({
    name: 'invalidate-queue-max',
    kind: integer({ min: 1, max: 10_000_000 }, 'commands'),
    default: 10_000,
    changeable: true,
    doc: 'invalidations waiting in one window',
  }),
];

export const LEASING = [
  setting({
    name: 'lease-ttl',
    kind: duration('ms', { min: 1, max: 86_400_000 }),
    default: 10_000,
    changeable: true,
    doc: 'how long a lease holds where LEASE names no TTL',
  }),
  setting({
    name: 'lease-ttl-max',
    kind: duration('ms', { min: 1, max: 86_400_000 }),
    default: 600_000,
    changeable: true,
    doc: 'longest TTL and longest WAIT of LEASE',
  }),
  setting({
    name: 'leases-max',
    kind: integer({ min: 0, max: 10_000_000 }, 'leases'),
    default: 10_000,
    changeable: true,
    doc: 'leases at once',
  }),
  setting({
    name: 'lease-waiters-max',
    kind: integer({ min: 0, max: 10_000_000 }, 'requests'),
    default: 10_000,
    changeable: true,
    doc: 'requests waiting for leases of others',
  }),
  setting({
    name: 'fence-keys-max',
    kind: integer({ min: 0, max: 65_536 }, 'keys'),
    default: 256,
    changeable: true,
    doc: 'misses remembered for one connection, to judge its fills by; 0 is none, and no fence without leases',
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
