import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

/** The disk layer takes the place of snapshots and append-only file; `loading` is 0 because it serves from the start. */
export function persistenceInfo({ engine, clock, savedAtMs, saveUnderWay }: Sources): Fields {
  return fields({
    loading: 0,
    async_loading: engine.core.complete ? 0 : 1,
    rdb_changes_since_last_save: engine.writeBehind.length,
    rdb_bgsave_in_progress: saveUnderWay() ? 1 : 0,
    rdb_last_save_time: Math.floor((savedAtMs() + clock.wallOffsetMs) / 1000),
    rdb_last_bgsave_status: 'ok',
    rdb_last_bgsave_time_sec: -1,
    rdb_current_bgsave_time_sec: -1,
    aof_enabled: 0,
    aof_rewrite_in_progress: 0,
    aof_rewrite_scheduled: 0,
    aof_last_rewrite_time_sec: -1,
    aof_current_rewrite_time_sec: -1,
    aof_last_bgrewrite_status: 'ok',
    aof_last_write_status: 'ok',
  });
}
