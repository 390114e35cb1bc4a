import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function clientsInfo({ clients, config, engine }: Sources): Fields {
  const { connected, blocked, queryBytesMax, outputBytesMax, subscribers, watching, tracking } = clients();
  return fields({
    connected_clients: connected,
    cluster_connections: 0,
    maxclients: config.maxclients,
    client_recent_max_input_buffer: queryBytesMax,
    client_recent_max_output_buffer: outputBytesMax,
    blocked_clients: blocked,
    tracking_clients: tracking,
    pubsub_clients: subscribers,
    watching_clients: watching,
    total_watched_keys: engine.notices.watched.size,
    clients_in_timeout_table: 0,
  });
}
