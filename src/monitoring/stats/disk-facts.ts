import type { DiskStats } from '../../layers/disk/disk-layer';
import type { Sources } from '../sources';

/** Numbers of the disk layer; of one that is off, or that had to be given up, all are 0. */
export function diskStatsOf({ core }: Sources['engine']): Omit<DiskStats, 'state'> & { state: string } {
  return core.disk === null ? OFF : core.disk.stats();
}

const OFF: Omit<DiskStats, 'state'> & { state: string } = {
  state: 'off',
  rows: 0,
  liveBytes: 0,
  fileBytes: 0,
  rowsWritten: 0,
  writeErrors: 0,
  readErrors: 0,
  checksumErrors: 0,
  evicted: 0,
  workerBusyMs: 0,
  shed: 0,
  resets: 0,
  queuedRows: 0,
  queuedBytes: 0,
  batchesInFlight: 0,
  readsQueued: 0,
  readMessages: 0,
  journalBytes: 0,
  commits: 0,
  commitMsSum: 0,
  commitMsMax: 0,
};
