import { createTable } from '../../src/commands/all';
import type { Engine } from '../../src/engine/engine';
import { buildEngine } from '../engine/build';
import { manualWorld } from '../support/manual-world';
import { plainHouse } from './house';
import { type Reply, show } from './reply';
import { HAS_REDIS, type RunningRedis, startRedis } from './targets';
import type { Connection } from './transcript';

const COMMANDS_PER_RUN = 2000;
/** `SEED=7 npx jest test/commands/types.redis` for others. */
const SEED = Number(process.env.SEED ?? 1);

/** A seeded run of choices. */
class Dice {
  private state: number;
  constructor(seed: number) {
    this.state = seed >>> 0;
  }
  below(n: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * n);
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
  /** One to three of them. */
  some(make: () => string | readonly string[]): string[] {
    return Array.from({ length: 1 + this.below(3) }, make).flat();
  }
}

/** Words of a request, with holes that are filled by chance. */
type Make = (dice: Dice) => readonly (string | readonly string[])[];

const k = (dice: Dice) => dice.pick(['a', 'b', 'c', 'd']);
const member = (dice: Dice) =>
  dice.pick(['', 'm', 'x\r\ny', '\xff\x00', 'long '.repeat(14), `n${dice.below(200)}`, String(dice.below(200))]);
const integer = (dice: Dice) => dice.pick(['0', '1', '-1', '5', '-7', '100', 'x', '9223372036854775807']);
const index = (dice: Dice) => String(dice.below(20) - 10);
const score = (dice: Dice) =>
  dice.pick(['0', '1', '2', '2.5', '-3', 'inf', '-inf', '1e3', 'x', String(dice.below(50))]);
const bound = (dice: Dice) => dice.pick(['-inf', '+inf', '(1', '1', '(2.5', '20', '30', 'x']);
const lex = (dice: Dice) => dice.pick(['-', '+', '[m', '(n1', '[n50', '(x', '[', 'x']);
const option = (dice: Dice, ...options: string[]) => (dice.below(2) === 0 ? [] : [dice.pick(options)]);
const ALL = '100000';

const KEYS: Make[] = [
  (d) => ['DEL', k(d)],
  (d) => ['TYPE', k(d)],
  (d) => ['EXISTS', k(d)],
  (d) => ['OBJECT', 'ENCODING', k(d)],
  (d) => ['COPY', k(d), k(d), 'REPLACE'],
  (d) => ['RENAME', k(d), k(d)],
  (d) => ['SET', k(d), 'text'],
  (d) => ['GET', k(d)],
  (d) => ['MGET', k(d), k(d)],
];

const HASH: Make[] = [
  (d) => ['HSET', k(d), d.some(() => [member(d), member(d)])],
  (d) => ['HSET', k(d), d.some(() => [member(d), integer(d)])],
  (d) => ['HMSET', k(d), member(d), member(d)],
  (d) => ['HSETNX', k(d), member(d), member(d)],
  (d) => ['HGET', k(d), member(d)],
  (d) => ['HMGET', k(d), d.some(() => member(d))],
  (d) => ['HGETALL', k(d)],
  (d) => ['HDEL', k(d), d.some(() => member(d))],
  (d) => ['HEXISTS', k(d), member(d)],
  (d) => ['HLEN', k(d)],
  (d) => ['HKEYS', k(d)],
  (d) => ['HVALS', k(d)],
  (d) => ['HINCRBY', k(d), member(d), integer(d)],
  (d) => ['HINCRBYFLOAT', k(d), member(d), score(d)],
  (d) => ['HSTRLEN', k(d), member(d)],
  (d) => ['HRANDFIELD', k(d), ALL, option(d, 'WITHVALUES')],
  (d) => ['HSCAN', k(d), '0', 'COUNT', ALL, 'MATCH', d.pick(['*', 'n1*', 'm'])],
];

const SET: Make[] = [
  (d) => ['SADD', k(d), d.some(() => member(d))],
  (d) => ['SADD', k(d), d.some(() => String(d.below(300)))],
  (d) => ['SREM', k(d), d.some(() => member(d))],
  (d) => ['SMEMBERS', k(d)],
  (d) => ['SISMEMBER', k(d), member(d)],
  (d) => ['SMISMEMBER', k(d), d.some(() => member(d))],
  (d) => ['SCARD', k(d)],
  (d) => ['SRANDMEMBER', k(d), ALL],
  (d) => ['SMOVE', k(d), k(d), member(d)],
  (d) => [d.pick(['SUNION', 'SINTER', 'SDIFF']), d.some(() => k(d))],
  (d) => [d.pick(['SUNIONSTORE', 'SINTERSTORE', 'SDIFFSTORE']), k(d), d.some(() => k(d))],
  (d) => ['SINTERCARD', d.pick(['1', '2', '3', 'x']), k(d), k(d), d.below(2) === 0 ? [] : ['LIMIT', integer(d)]],
  (d) => ['SSCAN', k(d), '0', 'COUNT', ALL, 'MATCH', d.pick(['*', 'n1*', 'm'])],
  (d) => (d.below(8) === 0 ? ['SPOP', k(d), ALL] : ['SCARD', k(d)]),
];

const ZSET: Make[] = [
  (d) => ['ZADD', k(d), d.some(() => [score(d), member(d)])],
  (d) => [
    'ZADD',
    k(d),
    option(d, 'NX', 'XX'),
    option(d, 'GT', 'LT'),
    option(d, 'CH'),
    option(d, 'INCR'),
    score(d),
    member(d),
  ],
  (d) => ['ZADD', k(d), String(d.below(9)), `n${d.below(300)}`],
  (d) => ['ZREM', k(d), d.some(() => member(d))],
  (d) => ['ZSCORE', k(d), member(d)],
  (d) => ['ZMSCORE', k(d), d.some(() => member(d))],
  (d) => ['ZINCRBY', k(d), score(d), member(d)],
  (d) => ['ZCARD', k(d)],
  (d) => ['ZCOUNT', k(d), bound(d), bound(d)],
  (d) => ['ZRANGE', k(d), index(d), index(d), option(d, 'REV'), option(d, 'WITHSCORES')],
  (d) => ['ZRANGE', k(d), bound(d), bound(d), 'BYSCORE', option(d, 'REV'), option(d, 'WITHSCORES')],
  (d) => ['ZREVRANGE', k(d), index(d), index(d), option(d, 'WITHSCORES')],
  (d) => ['ZRANGEBYSCORE', k(d), bound(d), bound(d), 'LIMIT', index(d), index(d)],
  (d) => ['ZREVRANGEBYSCORE', k(d), bound(d), bound(d), option(d, 'WITHSCORES')],
  (d) => ['ZRANGESTORE', k(d), k(d), index(d), index(d)],
  (d) => [d.pick(['ZRANK', 'ZREVRANK']), k(d), member(d)],
  (d) => [d.pick(['ZPOPMIN', 'ZPOPMAX']), k(d), d.pick(['1', '2', '-1', '0'])],
  (d) => ['ZREMRANGEBYRANK', k(d), index(d), index(d)],
  (d) => (d.below(4) === 0 ? ['ZREMRANGEBYSCORE', k(d), bound(d), bound(d)] : ['ZCARD', k(d)]),
  (d) => [d.pick(['ZUNION', 'ZINTER']), '2', k(d), k(d), option(d, 'WITHSCORES')],
  (d) => [
    d.pick(['ZUNIONSTORE', 'ZINTERSTORE']),
    k(d),
    '2',
    k(d),
    k(d),
    'WEIGHTS',
    '2',
    d.pick(['2', '0', '-1', '0.5', 'x']),
    'AGGREGATE',
    d.pick(['SUM', 'MIN', 'MAX', 'x']),
  ],
  (d) => ['ZDIFF', '2', k(d), k(d), option(d, 'WITHSCORES')],
  (d) => ['ZDIFFSTORE', k(d), '2', k(d), k(d)],
  (d) => ['ZINTERCARD', '2', k(d), k(d), d.below(2) === 0 ? [] : ['LIMIT', '3']],
  (d) => ['ZSCAN', k(d), '0', 'COUNT', ALL],
  (d) => ['ZRANDMEMBER', k(d), ALL, option(d, 'WITHSCORES')],
];

/** All of one score: only then is the order by name defined. */
const LEX: Make[] = [
  (d) => ['ZADD', k(d), d.some(() => ['0', member(d)])],
  (d) => ['ZREM', k(d), d.some(() => member(d))],
  (d) => ['ZRANGEBYLEX', k(d), lex(d), lex(d)],
  (d) => ['ZREVRANGEBYLEX', k(d), lex(d), lex(d), 'LIMIT', index(d), index(d)],
  (d) => ['ZRANGE', k(d), lex(d), lex(d), 'BYLEX', option(d, 'REV')],
  (d) => ['ZLEXCOUNT', k(d), lex(d), lex(d)],
  (d) => (d.below(4) === 0 ? ['ZREMRANGEBYLEX', k(d), lex(d), lex(d)] : ['ZCARD', k(d)]),
];

const LIST: Make[] = [
  (d) => [d.pick(['LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX']), k(d), d.some(() => member(d))],
  (d) => [d.pick(['LPUSH', 'RPUSH']), k(d), d.some(() => member(d))],
  (d) => ['RPUSH', k(d), Array.from({ length: 20 }, () => member(d))],
  (d) => [d.pick(['LPOP', 'RPOP']), k(d), option(d, '1', '2', '0', 'x')],
  (d) => ['LRANGE', k(d), index(d), index(d)],
  (d) => ['LRANGE', k(d), '0', '-1'],
  (d) => ['LLEN', k(d)],
  (d) => ['LINDEX', k(d), index(d)],
  (d) => ['LSET', k(d), index(d), member(d)],
  (d) => ['LREM', k(d), d.pick(['0', '1', '-1', '2']), member(d)],
  (d) => (d.below(4) === 0 ? ['LTRIM', k(d), String(d.below(3)), String(-1 - d.below(3))] : ['LLEN', k(d)]),
  (d) => ['LINSERT', k(d), d.pick(['BEFORE', 'AFTER', 'x']), member(d), member(d)],
  (d) => ['LPOS', k(d), member(d), 'RANK', d.pick(['1', '-1', '2', '0']), 'COUNT', d.pick(['0', '2', '-1'])],
  (d) => ['LMOVE', k(d), k(d), d.pick(['LEFT', 'RIGHT']), d.pick(['LEFT', 'right'])],
  (d) => ['RPOPLPUSH', k(d), k(d)],
];

const UNORDERED = new Set(['SMEMBERS', 'SUNION', 'SINTER', 'SDIFF', 'SRANDMEMBER', 'SPOP', 'HKEYS', 'HVALS']);
const UNORDERED_PAIRS = new Set(['HGETALL', 'HRANDFIELD', 'ZRANDMEMBER']);

function texts({ items }: Reply, at: number): string[] {
  return items
    .map((_, i) =>
      i % at === 0
        ? items
            .slice(i, i + at)
            .map(show)
            .join(' ')
        : '',
    )
    .filter(Boolean);
}

/** A reply as a text that does not depend on the order in which a table happens to be. */
function settled(words: readonly string[], reply: Reply): string {
  const [name] = words as [string];
  if (reply.items === undefined || reply.items.length === 0) return show(reply);
  if (name.endsWith('SCAN')) return settled([name === 'SSCAN' ? 'SMEMBERS' : 'HGETALL'], reply.items[1]!);
  if (UNORDERED.has(name)) return texts(reply, 1).sort().join();
  const withPairs = name === 'HGETALL' || words.length > 3;
  if (UNORDERED_PAIRS.has(name))
    return texts(reply, withPairs ? 2 : 1)
      .sort()
      .join();
  return show(reply);
}

(HAS_REDIS ? describe : describe.skip)(`random commands, seed ${SEED}: redis-server says the same`, () => {
  let redis: RunningRedis;
  let theirs: Connection;
  beforeAll(async () => {
    redis = await startRedis();
    theirs = await redis.target.connect();
  });
  afterAll(async () => {
    await theirs.close();
    await redis.stop();
  });

  test.each([
    ['hashes', HASH],
    ['sets', SET],
    ['sorted sets', ZSET],
    ['sorted sets by name', LEX],
    ['lists', LIST],
    ['all together', [...HASH, ...SET, ...ZSET, ...LIST]],
  ])('%s', async (_kind, makes) => {
    const engine: Engine = buildEngine(manualWorld(1));
    const ours = plainHouse(createTable(), () => engine).visit();
    const dice = new Dice(SEED);
    await theirs.ask(['FLUSHALL']);
    const requests = Array.from({ length: COMMANDS_PER_RUN }, () =>
      dice
        .pick(dice.below(12) === 0 ? KEYS : makes)(dice)
        .flat(),
    );
    const given = await Promise.all(requests.map((words) => theirs.ask(words)));
    for (const [i, words] of requests.entries()) {
      const own = settled(words, (await ours.ask(words))!);
      const wanted = settled(words, given[i]!);
      if (own !== wanted) throw new Error(`seed ${SEED}, request ${i} ${JSON.stringify(words)}\n${wanted}\n${own}`);
    }
    engine.audit();
  });
});
