import { boolean, duration, integer, oneOf, path, size } from '../kinds';
import { setting } from '../setting';

const MB = 1024 ** 2;

export const DISK = [
  setting({ name: 'disk', kind: boolean(), default: true, doc: 'keep the disk layer (SQLite) under the memory layer' }),
  setting({
    name: 'dir',
    kind: path('dir'),
    default: './data',
    isProtected: true,
    doc: 'directory of the disk layer; one server a directory',
  }),
  setting({
    name: 'durability',
    kind: oneOf('process', 'power'),
    default: 'process',
    doc: 'what an acknowledged invalidation outlives: a killed process, or a power cut (slower)',
  }),
  setting({
    name: 'disk-max-bytes',
    kind: size({ min: MB }),
    default: 4096 * MB,
    doc: 'bytes of the disk layer; the oldest go first',
  }),
  setting({
    name: 'disk-min-ttl',
    kind: duration('s'),
    default: 5_000,
    changeable: true,
    doc: 'values that expire sooner stay in memory only',
  }),
  setting({
    name: 'disk-max-value-size',
    kind: size(),
    default: 16 * MB,
    changeable: true,
    doc: 'larger values stay in memory only',
  }),
  setting({
    name: 'disk-max-collection-size',
    kind: size(),
    default: 256 * 1024,
    changeable: true,
    doc: 'larger hashes, sets, sorted sets and lists stay in memory only',
  }),
  setting({
    name: 'disk-write-rows-per-second-max',
    kind: integer({ min: 1 }, 'rows/s'),
    default: 40_000,
    changeable: true,
    doc: 'write budget of an idle server; what exceeds it waits',
  }),
  setting({
    name: 'disk-write-rows-per-second-min',
    kind: integer({ min: 1 }, 'rows/s'),
    default: 500,
    changeable: true,
    doc: 'write budget of a saturated server',
  }),
  setting({
    name: 'disk-write-bytes-per-second-max',
    kind: size({ min: 64 * 1024 }),
    default: 64 * MB,
    changeable: true,
    doc: 'write budget in bytes a second',
  }),
  setting({
    name: 'disk-queue-entries-max',
    kind: integer({ min: 16, max: 10_000_000 }, 'entries'),
    default: 2_000_000,
    changeable: true,
    doc: 'entries waiting to be written; more are shed and counted',
  }),
  setting({
    name: 'journal-dir',
    kind: path('dir|auto'),
    default: 'auto',
    isProtected: true,
    doc: 'directory of the journal of overwrites and invalidations; auto picks one that fits durability',
  }),
  setting({
    name: 'journal-max-bytes',
    kind: size({ min: MB, max: 1024 * MB }),
    default: 16 * MB,
    doc: 'bytes of each of the two journal files',
  }),
];
