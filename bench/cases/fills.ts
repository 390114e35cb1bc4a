import type { Case } from '../bench';
import { besideWarming } from '../fills/beside-warming';
import { deadOrigin } from '../fills/dead-origin';
import { oneLoad } from '../fills/one-load';

export const fills: Case = {
  name: 'fills',
  title: 'loading from an origin: a crowd at one key, many misses, a dead origin, warming',
  run: async (bench) => {
    if (bench.subject.name !== 'larder') throw new Error('only Larder has loaders');
    return {
      rows: [...(await oneLoad(bench)), ...(await deadOrigin(bench)), ...(await besideWarming(bench))],
      notes: [
        'The origin is an HTTP server in a process of its own, and counts what reaches it. Settings are the defaults. Clients and MGET: medians of the rounds. The rows without a pair are of Larder alone: redis-server loads nothing.',
        'Dead, the origin accepts connections and resets them at once; each counts as a call. Loads beside warming and without are measured in turn on the same server, pooled over the rounds; the origin answers 8 requests at once, the rest wait there.',
      ],
    };
  },
};
