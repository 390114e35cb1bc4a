import type { DiskStats } from '../../layers/disk/disk-layer';
import type { Sources } from '../sources';

const COUNTS = [
  'rows',
  'liveBytes',
  'fileBytes',
  'rowsWritten',
  'queuedRows',
  'reads',
  'shed',
  'evicted',
  'readErrors',
  'writeErrors',
  'checksumErrors',
  'resets',
  'workerBusyMs',
  'journalBytes',
  'killsWaiting',
  'commits',
  'commitMsSum',
  'commitMsMax',
] as const satisfies (keyof DiskStats)[];

export type DiskFacts = Record<(typeof COUNTS)[number], number> & { readonly state: string };

const OFF = { state: 'off', ...Object.fromEntries(COUNTS.map((name) => [name, 0])) } as DiskFacts;

/** Numbers of the disk layer; of one that is off, or that had to be given up, all are 0. */
export function diskFactsOf({ core }: Sources['engine']): DiskFacts {
  return core.disk === null ? OFF : core.disk.stats();
}
