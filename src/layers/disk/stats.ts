import type { Connection } from './connection';

/** Counters as of the last batch; bytes, rows and milliseconds. */
export function statsOf(connection: Connection, rowsShed: number) {
  const { counters, batches, kills, reads, commits, notes, state, resets } = connection;
  return {
    state,
    rows: counters?.rows ?? 0,
    liveBytes: counters?.liveBytes ?? 0,
    fileBytes: counters?.fileBytes ?? 0,
    rowsWritten: counters?.rowsWritten ?? 0,
    shed: rowsShed,
    writeErrors: counters?.writeErrors ?? 0,
    readErrors: counters?.readErrors ?? 0,
    checksumErrors: counters?.checksumErrors ?? 0,
    evicted: counters?.evicted ?? 0,
    resets,
    queuedRows: batches.queuedRows,
    queuedBytes: batches.queuedBytes,
    killsWaiting: kills.length,
    batchesInFlight: batches.inFlight,
    reads: reads.total,
    readsQueued: reads.queued,
    readMessages: reads.messages,
    journalBytes: commits.journalBytes,
    commits: commits.count,
    commitMsSum: commits.sumMs,
    commitMsMax: commits.maxMs,
    notes: notes.count,
    noteBytes: notes.sizeBytes,
    workerBusyMs: counters?.busyMs ?? 0,
  };
}
