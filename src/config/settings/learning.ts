import { boolean, duration, integer, path } from '../kinds';
import { setting } from '../setting';

export const LEARNING = [
  setting({
    name: 'learning',
    kind: boolean(),
    default: true,
    changeable: true,
    doc: 'learn which keys with loaders are wanted, and load them again: after a restart, a large invalidation, before their usual hour, before they expire',
  }),
  setting({
    name: 'learning-half-life',
    kind: duration('s', { min: 60_000, max: 30 * 86_400_000 }),
    default: 3_600_000,
    changeable: true,
    doc: 'a use that long ago counts half',
  }),
  setting({
    name: 'learning-keys-max',
    kind: integer({ min: 0, max: 1_000_000 }, 'keys'),
    default: 50_000,
    doc: 'keys remembered as wanted these days, and as many again by hour of day; about 150 bytes each',
  }),
  setting({
    name: 'learning-users-max',
    kind: integer({ min: 0, max: 1_000_000 }, 'users'),
    default: 10_000,
    doc: 'users remembered for WARMUSER, each with its last keys; about 2 KB each',
  }),
  setting({
    name: 'learning-ahead',
    kind: duration('s', { min: 0, max: 1_800_000 }),
    default: 300_000,
    changeable: true,
    doc: 'keys that are wanted at an hour of the day are loaded so long before it',
  }),
  setting({
    name: 'learning-file',
    kind: path('file'),
    default: 'auto',
    isProtected: true,
    doc: 'what was learned, kept over restarts; auto is larder.learned in dir',
  }),
  setting({
    name: 'learning-save-period',
    kind: duration('s', { min: 1_000, max: 86_400_000 }),
    default: 60_000,
    changeable: true,
    doc: 'how often it is saved, if something was learned; and at the end',
  }),
];
