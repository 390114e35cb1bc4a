import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

/** Always a master without replicas: clients look for `role:master`. */
export function replicationInfo({ identity }: Sources): Fields {
  return fields({
    role: 'master',
    connected_slaves: 0,
    master_failover_state: 'no-failover',
    master_replid: identity.runId,
    master_replid2: '0'.repeat(40),
    master_repl_offset: 0,
    second_repl_offset: -1,
    repl_backlog_active: 0,
    repl_backlog_size: 0,
    repl_backlog_first_byte_offset: 0,
    repl_backlog_histlen: 0,
  });
}
