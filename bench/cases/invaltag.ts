import type { Case } from '../bench';
import { count } from '../format';
import { bigTag, PINGS_PER_SECOND } from '../tags/big-tag';
import { FILLS_PER_SECOND, KEYS_PER_TAG, smallTags } from '../tags/small-tags';

export const invaltag: Case = {
  name: 'invaltag',
  title: 'invalidations a second of small tags, and one of a million keys; disk on',
  run: async (bench) => {
    if (!bench.subject.hasTags) return { rows: [], notes: [`${bench.subject.label} has no tags.`] };
    const rows = [...(await smallTags(bench)), ...(await bigTag(bench))];
    return {
      rows,
      notes: [
        `Small tags: closed loop, one request in flight on each connection; medians of ${bench.rounds} rounds, servers in turn, those not measured stopped meanwhile (SIGSTOP). Microseconds are processor time of the server for one request, its disk worker's and that of the fills beside included.`,
        `Each tag has ${KEYS_PER_TAG} keys whose rows have reached the disk and is invalidated once a round; ${count(FILLS_PER_SECOND)} TAGSETs a second go beside. Tags that nobody carries are drawn from a million names.`,
        'redis-server has no tags: the keys of a tag are a set, and a script deletes them at once; append-only file without fsync, which is what `durability: process` promises.',
        `A million keys: each round on a new server; ${count(PINGS_PER_SECOND)} PINGs a second on a connection of its own.`,
      ],
    };
  },
};
