import { atMost } from '../bars';
import { type Bench, type Case, withServers } from '../bench';
import { bytes, plainRatio } from '../format';
import { inProcess } from '../in-process';
import { fill } from '../load';
import type { Row } from '../report';
import type { Target } from '../servers';
import { median } from '../statistics';

const ENTRIES = 1_000_000;

/** Resident bytes that one entry adds, on a server just started. */
function rssPerEntry(target: Target, disk: boolean, entries: number): Promise<number> {
  return withServers([[target, { disk }]], async (server) => {
    await server!.settle();
    const before = server!.rssBytes();
    await fill(server!.port, entries);
    await server!.expectKeys(entries);
    await server!.settle();
    return (server!.rssBytes() - before) / entries;
  });
}

async function row(bench: Bench, disk: boolean, entries: number): Promise<Row> {
  const subject: number[] = [];
  const pair: number[] = [];
  for (let round = 0; round < bench.rounds; round++) {
    subject.push(await rssPerEntry(bench.subject, disk, entries));
    pair.push(await rssPerEntry(bench.pair, disk, entries));
  }
  const [mine, theirs] = [median(subject), median(pair)];
  return {
    figure: `RSS per entry, disk ${disk ? 'on' : 'off'}`,
    subject: bytes(mine),
    pair: bytes(theirs),
    ratio: plainRatio(mine / theirs),
    bar: atMost(mine, theirs, 'redis-server’s'),
  };
}

export const memory: Case = {
  name: 'memory',
  title: 'resident memory of an entry: key of 16 bytes, value of 100',
  run: async (bench) => {
    const entries = bench.entries ?? ENTRIES;
    const rows: Row[] = [];
    for (const disk of [false, true]) {
      bench.say(`RSS per entry, disk ${disk ? 'on' : 'off'}`);
      rows.push(await row(bench, disk, entries));
    }
    const library = await inProcess({ measure: 'lru-cache-memory', entries });
    rows.push({ figure: 'baseline: lru-cache in a Node process, no server', subject: bytes(library.bytesPerEntry!) });
    return {
      rows,
      notes: [
        `(RSS after − RSS before) / ${entries} entries, each time a server just started and at rest; medians of ${bench.rounds}.`,
        'The baseline keeps keys and values as strings, after a garbage collection.',
      ],
    };
  },
};
