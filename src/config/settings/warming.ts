import { duration, integer, share } from '../kinds';
import { setting } from '../setting';

export const WARMING = [
  setting({
    name: 'warm-queue-max',
    kind: integer({ min: 0, max: 10_000_000 }, 'keys'),
    default: 100_000,
    changeable: true,
    doc: 'keys waiting to be warmed',
  }),
  setting({
    name: 'warm-concurrency-max',
    kind: integer({ min: 1, max: 10_000 }, 'loads'),
    default: 32,
    changeable: true,
    doc: 'loads at once to warm keys, of all sources; one source gets half of them where there are several',
  }),
  setting({
    name: 'warm-share',
    kind: share(),
    default: 0.2,
    changeable: true,
    doc: 'share of what a source has been seen to answer that warming may ask of it',
  }),
  setting({
    name: 'warm-rate-min',
    kind: integer({ min: 1, max: 1_000_000 }, 'keys/s'),
    default: 50,
    changeable: true,
    doc: 'keys a second that warming may ask of a source however little it is known to answer',
  }),
  setting({
    name: 'warm-tasks-max',
    kind: integer({ min: 0, max: 5_000 }, 'tasks'),
    default: 1_000,
    changeable: true,
    doc: 'warming tasks, from the file and by WARMTASK ADD',
  }),
  setting({
    name: 'warm-list-max',
    kind: integer({ min: 1, max: 10_000_000 }, 'rows'),
    default: 100_000,
    changeable: true,
    doc: 'rows that a task takes from its list; the rest is left out and logged',
  }),
  setting({
    name: 'warm-jitter',
    kind: duration('ms', { max: 3_600_000 }),
    default: 2_000,
    changeable: true,
    doc: 'the start of a scheduled run is put off by so much at random, at most a tenth of its period',
  }),
];
