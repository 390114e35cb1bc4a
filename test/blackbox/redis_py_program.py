"""A small program on redis-py; argument: the port. Prints "done" if everything was as expected."""
import sys

import redis

client = redis.Redis(host="127.0.0.1", port=int(sys.argv[1]), socket_timeout=10)
binary = bytes(range(256))

assert client.ping()
assert client.set("py:text", "hällo") is True
assert client.get("py:text").decode() == "hällo"
assert client.set(b"py:\xff\x00\r\n", binary) is True
assert client.get(b"py:\xff\x00\r\n") == binary
assert client.get("py:nothing") is None
assert client.mset({f"py:many:{i}": str(i) for i in range(500)}) is True
assert client.mget([f"py:many:{i}" for i in (0, 499, 500)]) == [b"0", b"499", None]
assert sorted(client.scan_iter("py:many:*", count=50)) == sorted(b"py:many:%d" % i for i in range(500))

assert client.set("py:short", "v", ex=100, nx=True) is True
assert client.set("py:short", "w", nx=True) is None
assert 0 < client.ttl("py:short") <= 100
assert client.persist("py:short") is True and client.ttl("py:short") == -1
assert client.expire("py:short", 0) is True and client.exists("py:short") == 0

with client.pipeline(transaction=False) as pipe:
    for i in range(1000):
        pipe.incr("py:count").get("py:count")
    replies = pipe.execute()
assert replies == [reply for i in range(1, 1001) for reply in (i, b"%d" % i)]

with client.pipeline(transaction=False) as pipe:
    replies = pipe.set("py:word", "x").incr("py:word").get("py:word").execute(raise_on_error=False)
assert replies[0] is True and replies[2] == b"x"
assert str(replies[1]) == "value is not an integer or out of range"

assert client.execute_command("TAGSET", "py:tagged", "v", "TAGS", "py:a", "py:b") == b"OK"
assert client.execute_command("INVALTAG", "py:b") == 1
assert client.get("py:tagged") is None

assert client.delete(*[f"py:many:{i}" for i in range(500)]) == 500
assert client.info("server")["redis_mode"] == "standalone"
assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
try:
    client.execute_command("NOSUCH")
    raise AssertionError("an unknown command was answered")
except redis.ResponseError as error:
    assert "unknown command" in str(error)

print("done")
