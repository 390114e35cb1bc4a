import { duration, integer, oneOf, size } from '../kinds';
import { setting } from '../setting';

const MB = 1024 ** 2;

const POLICIES = [
  'noeviction',
  'allkeys-lru',
  'volatile-lru',
  'volatile-ttl',
  'allkeys-random',
  'volatile-random',
] as const;

export const MEMORY = [
  setting({
    name: 'maxmemory',
    kind: size({ min: MB, max: 32 * 1024 * MB }),
    default: 256 * MB,
    changeable: true,
    doc: 'bytes of the memory layer, bookkeeping included; there is no "unlimited"',
  }),
  setting({
    name: 'maxmemory-policy',
    kind: oneOf(...POLICIES),
    default: 'allkeys-lru',
    changeable: true,
    doc: `what goes when memory is full: ${POLICIES.join(', ')}`,
  }),
  setting({
    name: 'maxmemory-samples',
    kind: integer({ min: 1, max: 64 }),
    default: 5,
    changeable: true,
    doc: 'accepted for Redis tools, without effect: eviction is exact',
  }),
  setting({
    name: 'hash-max-listpack-entries',
    kind: integer({ min: 0, max: 4096 }),
    default: 128,
    changeable: true,
    doc: 'hashes with more fields are hash tables',
  }),
  setting({
    name: 'hash-max-listpack-value',
    kind: integer({ min: 0, max: 65_536 }, 'bytes'),
    default: 64,
    changeable: true,
    doc: 'hashes with a longer field or value are called hash tables by OBJECT ENCODING',
  }),
  setting({
    name: 'zset-max-listpack-entries',
    kind: integer({ min: 0, max: 4096 }),
    default: 128,
    changeable: true,
    doc: 'sorted sets with more members are trees',
  }),
  setting({
    name: 'zset-max-listpack-value',
    kind: integer({ min: 0, max: 65_536 }, 'bytes'),
    default: 64,
    changeable: true,
    doc: 'sorted sets with a longer member are called skiplists by OBJECT ENCODING',
  }),
  setting({
    name: 'set-max-intset-entries',
    kind: integer({ min: 0, max: 1_000_000 }),
    default: 512,
    changeable: true,
    doc: 'sets of more whole numbers are called hash tables by OBJECT ENCODING',
  }),
  setting({
    name: 'default-ttl',
    kind: duration('s'),
    default: 0,
    changeable: true,
    doc: 'time to live of loaded values whose template names none; 0 is for ever',
  }),
];
