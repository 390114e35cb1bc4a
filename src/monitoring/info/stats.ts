import { type Fields, fields } from '../fields';
import { hitsOf, type Sources } from '../sources';

export function statsInfo(sources: Sources): Fields {
  const { engine, traffic, errors, sampler } = sources;
  const { counters } = engine.core;
  const messaging = sources.messaging();
  return fields({
    total_connections_received: traffic.connectionsReceived,
    total_commands_processed: traffic.commandsProcessed,
    instantaneous_ops_per_sec: Math.round(sampler.commands.perSecond),
    total_net_input_bytes: traffic.netInputBytes,
    total_net_output_bytes: traffic.netOutputBytes,
    instantaneous_input_kbps: (sampler.input.perSecond / 1024).toFixed(2),
    instantaneous_output_kbps: (sampler.output.perSecond / 1024).toFixed(2),
    rejected_connections: traffic.connectionsRejected,
    sync_full: 0,
    sync_partial_ok: 0,
    sync_partial_err: 0,
    expired_keys: counters.expired,
    expired_stale_perc: '0.00',
    expired_time_cap_reached_count: 0,
    evicted_keys: counters.evicted,
    evicted_clients: 0,
    keyspace_hits: hitsOf(sources),
    keyspace_misses: counters.missesTotal,
    pubsub_channels: messaging.channels,
    pubsub_patterns: messaging.patterns,
    pubsubshard_channels: messaging.shardChannels,
    pubsub_messages_delivered: messaging.delivered,
    latest_fork_usec: 0,
    total_forks: 0,
    tracking_total_keys: messaging.trackedKeys,
    tracking_total_items: messaging.trackedItems,
    tracking_total_prefixes: messaging.trackedPrefixes,
    tracking_evicted_keys: messaging.trackedEvicted,
    transactions_alone: messaging.transactionsAlone,
    unexpected_error_replies: errors.broken,
    total_error_replies: errors.total + traffic.errorReplies,
    client_query_buffer_limit_disconnections: traffic.queryBufferDisconnections,
    client_output_buffer_limit_disconnections: traffic.outputBufferDisconnections,
    client_idle_disconnections: traffic.idleDisconnections,
    protocol_errors: traffic.protocolErrors,
  });
}
