import type { Case } from '../bench';
import { withServers } from '../bench';
import { perSecond } from '../format';
import { inProcess } from '../in-process';
import { fill, runLoad, VALUE_100 } from '../load';
import type { LoadPlan } from '../load-plan';
import type { Row } from '../report';

const ENTRIES = 100_000;

/** Requests a second of one connection with 100 requests in flight: what one process can ask of a server beside it. */
async function overTheWire(port: number, entries: number, seconds: number): Promise<[number, number]> {
  await fill(port, entries);
  const rate = async (args: string[]) => {
    const plan: LoadPlan = {
      ...{ port, connections: 1, pipeline: 100, commands: [{ args }], keys: { count: entries, order: 'random' } },
      durationMs: seconds * 1000,
    };
    const figures = await runLoad(plan);
    return (figures.requests * 1000) / figures.elapsedMs;
  };
  return [await rate(['GET', 'key:{n}']), await rate(['SET', 'key:{n}', VALUE_100])];
}

export const libraries: Case = {
  name: 'libraries',
  title: 'cache libraries in process, as a baseline',
  run: async (bench) => {
    const entries = bench.entries ?? ENTRIES;
    const { seconds } = bench;
    const lru = await inProcess({ measure: 'lru-cache-speed', entries, seconds });
    const bento = await inProcess({ measure: 'bentocache-speed', entries, seconds });
    const servers = [];
    for (const target of [bench.subject, bench.pair]) {
      servers.push(
        await withServers([[target, { disk: false }]], (server) => overTheWire(server!.port, entries, seconds)),
      );
    }
    const [mine, theirs] = servers as [[number, number], [number, number]];
    const rows: Row[] = ['GET', 'SET'].flatMap((command, index) => {
      const ofLibrary = (figures: typeof lru) =>
        perSecond(index === 0 ? figures.getsPerSecond! : figures.setsPerSecond!);
      return [
        {
          figure: `${command}, a server: 1 connection, 100 in flight`,
          subject: perSecond(mine[index]!),
          pair: perSecond(theirs[index]!),
        },
        { figure: `${command}, lru-cache, in process`, subject: ofLibrary(lru) },
        { figure: `${command}, bentocache with its memory driver, in process`, subject: ofLibrary(bento) },
      ];
    });
    return {
      rows,
      notes: [
        `${entries} entries, random keys of 16 bytes, values of 100. A library call crosses no socket and shares nothing with other processes: read it as the ceiling, not as a rival.`,
      ],
    };
  },
};
