import { type Fields, fields, fraction } from '../fields';
import type { Sources } from '../sources';
import { diskFactsOf } from './disk-facts';

export function diskStats({ engine, config }: Sources): Fields {
  const { counters, complete } = engine.core;
  const disk = diskFactsOf(engine);
  return fields({
    state: disk.state,
    directory_loaded: complete ? 1 : 0,
    rows: disk.rows,
    bytes: disk.liveBytes,
    max_bytes: config.diskMaxBytes,
    file_bytes: disk.fileBytes,
    journal_bytes: disk.journalBytes,
    queue: engine.writeBehind.length + disk.queuedRows,
    queue_max: config.diskQueueEntriesMax,
    reads: disk.reads,
    rows_written: disk.rowsWritten,
    rows_shed: counters.diskRowsShed + disk.shed,
    rows_not_admitted: counters.diskRowsNotAdmitted,
    rows_evicted: disk.evicted,
    promoted: counters.promoted,
    demoted: counters.demoted,
    commits: disk.commits,
    commit_mean_ms: fraction(disk.commitMsSum / disk.commits, 3),
    commit_max_ms: fraction(disk.commitMsMax, 3),
    worker_busy_ms: fraction(disk.workerBusyMs, 3),
    read_errors: disk.readErrors,
    write_errors: disk.writeErrors,
    checksum_errors: disk.checksumErrors,
    resets: disk.resets,
  });
}
