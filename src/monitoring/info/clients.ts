import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

export function clientsInfo({ clients, config }: Sources): Fields {
  const { connected, blocked, queryBytesMax, outputBytesMax } = clients();
  return fields({
    connected_clients: connected,
    cluster_connections: 0,
    maxclients: config.maxclients,
    client_recent_max_input_buffer: queryBytesMax,
    client_recent_max_output_buffer: outputBytesMax,
    blocked_clients: blocked,
    tracking_clients: 0,
    clients_in_timeout_table: 0,
  });
}
