import { auth } from './connection/auth';
import { echo } from './connection/echo';
import { hello } from './connection/hello';
import { ping } from './connection/ping';
import { quit } from './connection/quit';
import { reset } from './connection/reset';
import { select } from './connection/select';
import type { Command } from './framework/command';
import { Table } from './framework/table';
import { hdel } from './hash/hdel';
import { hexists } from './hash/hexists';
import { hget } from './hash/hget';
import { hgetall } from './hash/hgetall';
import { hincrby } from './hash/hincrby';
import { hincrbyfloat } from './hash/hincrbyfloat';
import { hkeys } from './hash/hkeys';
import { hlen } from './hash/hlen';
import { hmget } from './hash/hmget';
import { hmset } from './hash/hmset';
import { hrandfield } from './hash/hrandfield';
import { hscan } from './hash/hscan';
import { hset } from './hash/hset';
import { hsetnx } from './hash/hsetnx';
import { hstrlen } from './hash/hstrlen';
import { hvals } from './hash/hvals';
import { cluster } from './introspection/cluster';
import { commandCommand } from './introspection/command/command';
import { debug } from './introspection/debug';
import { memory } from './introspection/memory';
import { time } from './introspection/time';
import { copy } from './key/copy';
import { dbsize } from './key/dbsize';
import { del } from './key/del';
import { exists } from './key/exists';
import { expire } from './key/expire';
import { expireat } from './key/expireat';
import { expiretime } from './key/expiretime';
import { flushall } from './key/flushall';
import { flushdb } from './key/flushdb';
import { keys } from './key/keys';
import { move } from './key/move';
import { object } from './key/object';
import { persist } from './key/persist';
import { pexpire } from './key/pexpire';
import { pexpireat } from './key/pexpireat';
import { pexpiretime } from './key/pexpiretime';
import { pttl } from './key/pttl';
import { randomkey } from './key/randomkey';
import { rename } from './key/rename';
import { renamenx } from './key/renamenx';
import { scan } from './key/scan';
import { swapdb } from './key/swapdb';
import { touch } from './key/touch';
import { ttl } from './key/ttl';
import { type } from './key/type';
import { unlink } from './key/unlink';
import { wait } from './key/wait';
import { depadd } from './larder/depadd';
import { depdel } from './larder/depdel';
import { deplist } from './larder/deplist';
import { fetch } from './larder/fetch';
import { inval } from './larder/inval';
import { invalkey } from './larder/invalkey';
import { invaltag } from './larder/invaltag';
import { invalwrite } from './larder/invalwrite';
import { lease } from './larder/lease';
import { rule } from './larder/rule/rule';
import { tagadd } from './larder/tagadd';
import { tagkeys } from './larder/tagkeys';
import { taglist } from './larder/taglist';
import { tagrem } from './larder/tagrem';
import { tagset } from './larder/tagset';
import { template } from './larder/template/template';
import { warm } from './larder/warm';
import { warmtask } from './larder/warmtask/warmtask';
import { warmuser } from './larder/warmuser';
import { why } from './larder/why';
import { lindex } from './list/lindex';
import { linsert } from './list/linsert';
import { llen } from './list/llen';
import { lmove } from './list/lmove';
import { lpop } from './list/lpop';
import { lpos } from './list/lpos';
import { lpush } from './list/lpush';
import { lpushx } from './list/lpushx';
import { lrange } from './list/lrange';
import { lrem } from './list/lrem';
import { lset } from './list/lset';
import { ltrim } from './list/ltrim';
import { rpop } from './list/rpop';
import { rpoplpush } from './list/rpoplpush';
import { rpush } from './list/rpush';
import { rpushx } from './list/rpushx';
import { psubscribe } from './pubsub/psubscribe';
import { publish } from './pubsub/publish';
import { pubsub } from './pubsub/pubsub';
import { punsubscribe } from './pubsub/punsubscribe';
import { spublish } from './pubsub/spublish';
import { ssubscribe } from './pubsub/ssubscribe';
import { subscribe } from './pubsub/subscribe';
import { sunsubscribe } from './pubsub/sunsubscribe';
import { unsubscribe } from './pubsub/unsubscribe';
import { evalCommand, evalRo, evalsha, evalshaRo } from './scripting/eval';
import { script } from './scripting/script';
import { acl } from './server/acl/acl';
import { bgsave } from './server/bgsave';
import { client } from './server/client/client';
import { config } from './server/config/config';
import { info } from './server/info';
import { lastsave } from './server/lastsave';
import { latency } from './server/latency/latency';
import { moduleCommand } from './server/module';
import { role } from './server/role';
import { save } from './server/save';
import { shutdown } from './server/shutdown';
import { slowlog } from './server/slowlog/slowlog';
import { stats } from './server/stats';
import { sadd } from './set/sadd';
import { scard } from './set/scard';
import { sdiff } from './set/sdiff';
import { sdiffstore } from './set/sdiffstore';
import { sinter } from './set/sinter';
import { sintercard } from './set/sintercard';
import { sinterstore } from './set/sinterstore';
import { sismember } from './set/sismember';
import { smembers } from './set/smembers';
import { smismember } from './set/smismember';
import { smove } from './set/smove';
import { spop } from './set/spop';
import { srandmember } from './set/srandmember';
import { srem } from './set/srem';
import { sscan } from './set/sscan';
import { sunion } from './set/sunion';
import { sunionstore } from './set/sunionstore';
import { append } from './string/append';
import { decr } from './string/decr';
import { decrby } from './string/decrby';
import { get } from './string/get';
import { getdel } from './string/getdel';
import { getex } from './string/getex';
import { getrange } from './string/getrange';
import { getset } from './string/getset';
import { incr } from './string/incr';
import { incrby } from './string/incrby';
import { incrbyfloat } from './string/incrbyfloat';
import { lcs } from './string/lcs';
import { mget } from './string/mget';
import { mset } from './string/mset';
import { msetnx } from './string/msetnx';
import { psetex } from './string/psetex';
import { set } from './string/set';
import { setex } from './string/setex';
import { setnx } from './string/setnx';
import { setrange } from './string/setrange';
import { strlen } from './string/strlen';
import { substr } from './string/substr';
import { discard } from './transaction/discard';
import { exec } from './transaction/exec';
import { multi } from './transaction/multi';
import { unwatch } from './transaction/unwatch';
import { watch } from './transaction/watch';
import { zadd } from './zset/zadd';
import { zcard } from './zset/zcard';
import { zcount } from './zset/zcount';
import { zdiff } from './zset/zdiff';
import { zdiffstore } from './zset/zdiffstore';
import { zincrby } from './zset/zincrby';
import { zinter } from './zset/zinter';
import { zintercard } from './zset/zintercard';
import { zinterstore } from './zset/zinterstore';
import { zlexcount } from './zset/zlexcount';
import { zmscore } from './zset/zmscore';
import { zpopmax } from './zset/zpopmax';
import { zpopmin } from './zset/zpopmin';
import { zrandmember } from './zset/zrandmember';
import { zrange } from './zset/zrange';
import { zrangebylex } from './zset/zrangebylex';
import { zrangebyscore } from './zset/zrangebyscore';
import { zrangestore } from './zset/zrangestore';
import { zrank } from './zset/zrank';
import { zrem } from './zset/zrem';
import { zremrangebylex } from './zset/zremrangebylex';
import { zremrangebyrank } from './zset/zremrangebyrank';
import { zremrangebyscore } from './zset/zremrangebyscore';
import { zrevrange } from './zset/zrevrange';
import { zrevrangebylex } from './zset/zrevrangebylex';
import { zrevrangebyscore } from './zset/zrevrangebyscore';
import { zrevrank } from './zset/zrevrank';
import { zscan } from './zset/zscan';
import { zscore } from './zset/zscore';
import { zunion } from './zset/zunion';
import { zunionstore } from './zset/zunionstore';

/** Every command there is: one line each. */
export const COMMANDS: readonly Command[] = [
  // connection
  auth,
  echo,
  hello,
  ping,
  quit,
  reset,
  select,
  // string
  append,
  decr,
  decrby,
  get,
  getdel,
  getex,
  getrange,
  getset,
  incr,
  incrby,
  incrbyfloat,
  lcs,
  mget,
  mset,
  msetnx,
  psetex,
  set,
  setex,
  setnx,
  setrange,
  strlen,
  substr,
  // hash
  hset,
  hmset,
  hsetnx,
  hget,
  hmget,
  hgetall,
  hdel,
  hexists,
  hlen,
  hkeys,
  hvals,
  hstrlen,
  hincrby,
  hincrbyfloat,
  hrandfield,
  hscan,
  // set
  sadd,
  srem,
  smembers,
  sismember,
  smismember,
  scard,
  spop,
  srandmember,
  smove,
  sunion,
  sinter,
  sdiff,
  sunionstore,
  sinterstore,
  sdiffstore,
  sintercard,
  sscan,
  // zset
  zadd,
  zincrby,
  zrem,
  zscore,
  zmscore,
  zcard,
  zcount,
  zlexcount,
  zrange,
  zrangestore,
  zrevrange,
  zrangebyscore,
  zrevrangebyscore,
  zrangebylex,
  zrevrangebylex,
  zrank,
  zrevrank,
  zpopmin,
  zpopmax,
  zrandmember,
  zremrangebyrank,
  zremrangebyscore,
  zremrangebylex,
  zunion,
  zunionstore,
  zinter,
  zinterstore,
  zdiff,
  zdiffstore,
  zintercard,
  zscan,
  // list
  lpush,
  lpushx,
  rpush,
  rpushx,
  lpop,
  rpop,
  llen,
  lrange,
  lindex,
  lset,
  lrem,
  ltrim,
  linsert,
  lpos,
  lmove,
  rpoplpush,
  // key
  copy,
  dbsize,
  del,
  exists,
  expire,
  expireat,
  expiretime,
  flushall,
  flushdb,
  keys,
  move,
  object,
  persist,
  pexpire,
  pexpireat,
  pexpiretime,
  pttl,
  randomkey,
  rename,
  renamenx,
  scan,
  swapdb,
  touch,
  ttl,
  type,
  unlink,
  wait,
  // larder
  depadd,
  depdel,
  deplist,
  fetch,
  inval,
  invalkey,
  invaltag,
  invalwrite,
  rule,
  tagadd,
  tagkeys,
  lease,
  taglist,
  tagrem,
  tagset,
  template,
  warm,
  warmtask,
  warmuser,
  why,
  // introspection
  cluster,
  debug,
  memory,
  time,
  commandCommand,
  // server
  acl,
  bgsave,
  client,
  config,
  info,
  lastsave,
  latency,
  moduleCommand,
  role,
  save,
  shutdown,
  slowlog,
  stats,
  // scripting
  evalCommand,
  evalRo,
  evalsha,
  evalshaRo,
  script,
  // transactions
  discard,
  exec,
  multi,
  unwatch,
  watch,
  // pubsub
  psubscribe,
  publish,
  pubsub,
  punsubscribe,
  spublish,
  ssubscribe,
  subscribe,
  sunsubscribe,
  unsubscribe,
];

export function createTable(commands: readonly Command[] = COMMANDS): Table {
  const table = new Table();
  for (const command of commands) table.add(command);
  return table;
}
