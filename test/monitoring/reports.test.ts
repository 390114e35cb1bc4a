import { bytesOf } from '../../src/base/bytes';
import { type Field, Fraction } from '../../src/monitoring/fields';
import { type Observed, observed } from './sources';

const key = (name: string) => bytesOf(name);

function infoOf({ reports }: Observed, ...names: string[]): Map<string, string> {
  const lines = new Map<string, string>();
  for (const [, fields] of reports.info(names)) for (const [name, value] of fields) lines.set(name, String(value));
  return lines;
}

function statsOf({ reports }: Observed, section: string): Record<string, unknown> {
  const plain = (field: Field): unknown => {
    if (field instanceof Fraction) return field.value;
    return field instanceof Map ? Object.fromEntries([...field].map(([n, f]) => [n, plain(f)])) : field;
  };
  return plain(reports.stats(section)!) as Record<string, unknown>;
}

/** What clients, exporters and cache backends read (COMPAT.md 4). */
const READ_BY_OTHERS: Record<string, string> = {
  server:
    'redis_version redis_mode run_id process_id tcp_port uptime_in_seconds uptime_in_days os arch_bits executable config_file',
  clients: 'connected_clients blocked_clients maxclients tracking_clients',
  memory:
    'used_memory used_memory_human used_memory_rss used_memory_rss_human used_memory_peak used_memory_peak_human ' +
    'maxmemory maxmemory_human maxmemory_policy mem_fragmentation_ratio number_of_cached_scripts',
  persistence: 'loading rdb_last_bgsave_status aof_enabled rdb_bgsave_in_progress',
  stats:
    'total_connections_received total_commands_processed instantaneous_ops_per_sec instantaneous_input_kbps ' +
    'instantaneous_output_kbps rejected_connections expired_keys evicted_keys keyspace_hits keyspace_misses ' +
    'pubsub_channels pubsub_patterns total_error_replies tracking_total_keys',
  replication: 'role connected_slaves master_repl_offset',
  cpu: 'used_cpu_sys used_cpu_user',
  cluster: 'cluster_enabled',
};

describe('INFO', () => {
  test.each(Object.entries(READ_BY_OTHERS))('%s has every field that somebody reads', (section, names) => {
    const lines = infoOf(observed(), section);
    expect(names.split(' ').filter((name) => !lines.has(name))).toEqual([]);
  });

  test('sections come in their own order, however they are asked for', () => {
    const { reports } = observed();
    const titles = (...names: string[]) => reports.info(names).map(([title]) => title);
    expect(titles('CLUSTER', 'server', 'cluster', 'nosuch')).toEqual(['Server', 'Cluster']);
    expect(titles('nosuch')).toEqual([]);
    expect(titles()).toEqual(titles('default'));
    expect(titles('all')).toEqual(titles('everything'));
    expect(titles('all').filter((title) => !titles().includes(title))).toEqual(['Commandstats', 'Latencystats']);
  });

  test('says what is so', () => {
    const house = observed();
    const { world, engine, sources, traffic } = house;
    engine.set(0, key('a'), bytesOf('1'));
    engine.set(0, key('b'), bytesOf('2'), { expiresAt: world.clock.now + 10_000 });
    engine.set(9, key('c'), bytesOf('3'));
    engine.get(0, key('a'));
    engine.get(0, key('missing'));
    sources.errors.add('ERR no');
    sources.errors.add('WRONGTYPE no');
    world.clock.now += 90_061_000 / 1000;
    traffic.commandsProcessed = 1234;
    const lines = infoOf(house, 'everything');
    expect(Object.fromEntries(lines)).toMatchObject({
      redis_version: '7.4.0',
      larder_version: '0.1.0',
      run_id: 'a'.repeat(40),
      tcp_port: '6380',
      process_id: '42',
      uptime_in_seconds: '90',
      uptime_in_days: '0',
      config_file: '/etc/larder.yaml',
      connected_clients: '3',
      blocked_clients: '1',
      maxmemory: '4194304',
      maxmemory_human: '4.00M',
      maxmemory_policy: 'volatile-lru',
      used_memory_rss_human: '90.00M',
      keyspace_hits: '1',
      keyspace_misses: '1',
      total_commands_processed: '1234',
      total_error_replies: '3',
      rejected_connections: '2',
      errorstat_ERR: 'count=1',
      errorstat_WRONGTYPE: 'count=1',
      used_cpu_user: '1.500000',
      used_cpu_sys: '0.250000',
      cluster_enabled: '0',
      disk_state: 'off',
      directory_loaded: '1',
      loading: '0',
    });
    expect(lines.get('db9')).toBe('keys=1,expires=0,avg_ttl=0');
    expect(Number(lines.get('used_memory'))).toBeGreaterThan(0);
  });

  test('keyspace: keys, expiries and their mean time to live; databases without keys are left out', () => {
    const house = observed();
    const { world, engine } = house;
    engine.set(3, key('a'), bytesOf('1'), { expiresAt: world.clock.now + 10_000 });
    engine.set(3, key('b'), bytesOf('1'), { expiresAt: world.clock.now + 30_000 });
    engine.set(3, key('c'), bytesOf('1'));
    expect(infoOf(house, 'keyspace')).toEqual(new Map([['db3', 'keys=3,expires=2,avg_ttl=20000']]));
  });

  test('invalidated entries are not counted, also before they are reclaimed', () => {
    const house = observed();
    const { engine } = house;
    for (const name of ['a', 'b', 'c']) engine.set(0, key(name), bytesOf('1'), { tags: ['t'] });
    engine.set(0, key('d'), bytesOf('1'));
    engine.invalidateTags(['t']);
    expect(infoOf(house, 'keyspace').get('db0')).toMatch(/^keys=1,/);
    expect(statsOf(house, 'summary').entries).toBe(1);
  });

  test('commandstats: usec a call is that of the timed calls', () => {
    const house = observed();
    const { commands } = house.sources;
    Object.assign(commands.row('get'), { calls: 10, usec: 30, timedCalls: 2 });
    commands.row('never');
    commands.errored('get', "ERR wrong number of arguments for 'get' command");
    commands.errored('get', 'WRONGTYPE no');
    commands.errored('nosuch', 'ERR unknown');
    expect(infoOf(house, 'commandstats')).toEqual(
      new Map([['cmdstat_get', 'calls=10,usec=30,usec_per_call=15.00,rejected_calls=1,failed_calls=1']]),
    );
  });
});

describe('STATS', () => {
  test('hit rates and ratings by layer', () => {
    const house = observed();
    const { engine } = house;
    engine.set(0, key('a'), bytesOf('1'));
    for (let i = 0; i < 3; i++) engine.get(0, key('a'));
    engine.get(0, key('missing'));
    expect(statsOf(house, 'layers')).toMatchObject({
      memory: { gets: 4, hits: 3, hit_rate: 0.75, rating: 'good', entries: 1, errors: 0 },
      disk: { gets: 0, hits: 0, hit_rate: 0, rating: 'none', entries: 0, bytes: 0, errors: 0 },
      origin: { gets: 0, hits: 0, hit_rate: 0, rating: 'none' },
    });
    expect(statsOf(house, 'summary')).toMatchObject({
      gets: 4,
      hits: 3,
      misses: 1,
      hit_rate: 0.75,
      rating: 'good',
      sets: 1,
    });
  });

  test('misses by what became of the key', () => {
    const house = observed();
    const { engine } = house;
    engine.set(0, key('a'), bytesOf('1'));
    engine.remove(0, key('a'));
    engine.get(0, key('a'));
    engine.get(0, key('never'));
    expect(statsOf(house, 'misses')).toMatchObject({ total: 2, absent: 1, deleted: 1, expired: 0 });
  });

  test('tags, dependencies, memory', () => {
    const house = observed();
    const { engine } = house;
    engine.set(0, key('a'), bytesOf('1'), { tags: ['t', 'u'] });
    engine.dependencyAdd(0, key('page'), [key('a')]);
    engine.invalidateTags(['unknown']);
    expect(statsOf(house, 'tags')).toMatchObject({ tagged_entries: 1, invalidations: 1, invalidated_entries: 0 });
    expect(statsOf(house, 'deps')).toMatchObject({ edges: 1, bound_edges: 0, cascaded: 0 });
    expect(statsOf(house, 'memory')).toMatchObject({ policy: 'volatile-lru', max_bytes: 4 << 20, entries: 1 });
  });

  test('every section can be made, and no other', () => {
    const { reports } = observed();
    for (const name of reports.statsSections) expect(reports.stats(name)!.size).toBeGreaterThan(0);
    expect(reports.stats('nosuch')).toBeUndefined();
    expect(reports.stats('constructor')).toBeUndefined();
  });

  test('a reset forgets what was counted and nothing else', () => {
    const house = observed();
    const { engine, reports, sources, traffic } = house;
    engine.set(0, key('a'), bytesOf('1'), { tags: ['t'] });
    engine.get(0, key('missing'));
    sources.errors.add('ERR no');
    sources.commands.row('get').calls = 5;
    reports.reset();
    expect(statsOf(house, 'misses').total).toBe(0);
    expect(statsOf(house, 'summary')).toMatchObject({ gets: 0, sets: 0, commands: 0, errors: 0, entries: 1 });
    expect(statsOf(house, 'tags').tagged_entries).toBe(1);
    expect(infoOf(house, 'commandstats').size).toBe(0);
    expect(traffic.connectionsReceived).toBe(0);
  });
});
