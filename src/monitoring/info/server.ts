import { type Fields, fields } from '../fields';
import type { Sources } from '../sources';

const DAY_SECONDS = 86_400;
const LRU_CLOCK_BITS = 24;

export function serverInfo({ identity, process, config, clock, port }: Sources): Fields {
  const wallMs = clock.now + clock.wallOffsetMs;
  const uptime = Math.floor((clock.now - identity.startedAtMs) / 1000);
  return fields({
    redis_version: identity.redisVersion,
    larder_version: identity.larderVersion,
    redis_git_sha1: '00000000',
    redis_git_dirty: 0,
    redis_build_id: '0',
    redis_mode: 'standalone',
    os: process.os,
    arch_bits: process.archBits,
    multiplexing_api: 'libuv',
    node_version: process.nodeVersion,
    process_id: process.pid,
    process_supervised: 'no',
    run_id: identity.runId,
    node_name: identity.name,
    tcp_port: port(),
    server_time_usec: wallMs * 1000,
    uptime_in_seconds: uptime,
    uptime_in_days: Math.floor(uptime / DAY_SECONDS),
    hz: config.hz,
    configured_hz: config.hz,
    lru_clock: Math.floor(wallMs / 1000) % 2 ** LRU_CLOCK_BITS,
    executable: process.executable,
    config_file: identity.configFile,
    io_threads_active: 0,
  });
}
