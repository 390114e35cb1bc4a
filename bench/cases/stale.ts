import { atLeast, exactly } from '../bars';
import type { Case } from '../bench';
import { count, percent } from '../format';
import { contest, type Outcome } from '../stale/contest';
import { LIBRARIES } from '../stale/libraries';
import { SERVERS } from '../stale/servers';

const SEED = 20_240;
/** Of one contestant, for each second that --seconds gives a measurement. */
const SECONDS_FACTOR = 4;
const HIT_RATE_MIN = 0.5;

export const stale: Case = {
  name: 'stale',
  title: 'loads that overlap invalidations: what is old after the acknowledgement',
  run: async (bench) => {
    const outcomes: Outcome[] = [];
    const notes: string[] = [];
    const seconds = bench.seconds * SECONDS_FACTOR;
    for (const entrant of [...SERVERS, ...LIBRARIES]) {
      bench.say(`${entrant.name}: ${seconds} s, seed ${SEED}`);
      const outcome = await contest(entrant, { seed: SEED, seconds });
      if (typeof outcome === 'string') notes.push(`Left out: ${outcome}.`);
      else outcomes.push(outcome);
    }
    const of = (name: string) => outcomes.find((outcome) => outcome.name === name);
    const [mine, theirs] = [of('Larder')!, of('redis-server')!];
    const lines = outcomes.map((outcome) => [
      outcome.label,
      count(outcome.old),
      percent(outcome.old / outcome.reads),
      count(outcome.reads),
      percent(outcome.hitRate),
      count(outcome.invalidations),
    ]);
    const head = ['cache, and what of it is used', 'old values', 'of all reads', 'reads', 'hit rate', 'invalidations'];
    return {
      rows: [
        {
          figure: 'old values after an acknowledged invalidation',
          subject: count(mine.old),
          pair: count(theirs.old),
          bar: exactly(mine.old, 0),
        },
        {
          figure: 'values that nobody wrote',
          subject: count(mine.invented),
          pair: count(theirs.invented),
          bar: exactly(mine.invented, 0),
        },
        {
          figure: 'hit rate',
          subject: percent(mine.hitRate),
          pair: percent(theirs.hitRate),
          bar: atLeast(mine.hitRate, HIT_RATE_MIN, '50 %'),
        },
      ],
      tables: [{ head, lines }],
      notes: [
        `All have the same origin (answers after up to 25 ms, with what was true at a random moment of that time), the same seed and schedule: 48 readers of 1,000 keys by popularity, 4 writers that change the 10 rows of a tag, invalidate it, wait for the cache to say that it is done, and read. ${seconds} s each, one after another.`,
        'Old: older than what was acknowledged before the read began. Libraries keep their values in the process; Larder runs as a process of its own, with its disk layer, and redis-server without one.',
        ...notes,
      ],
    };
  },
};
