/**
 * redis-server has no tags. The nearest thing there: a set of keys for each tag (KEYS[1]), and a script that deletes the
 * keys of a set at once; answers how many there were.
 */
export const INVALIDATE_SET = `local n = 0
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do n = n + redis.call('UNLINK', key) end
redis.call('UNLINK', KEYS[1])
return n`;

/** Stores ARGV[1] as KEYS[1] and puts the key into the set KEYS[2]. */
export const STORE_IN_SET = `redis.call('SET', KEYS[1], ARGV[1])
redis.call('SADD', KEYS[2], KEYS[1])
return 1`;
