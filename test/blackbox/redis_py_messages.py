"""Transactions and pub/sub on redis-py; argument: the port. Prints "done" if everything was as expected."""
import sys

import redis

client = redis.Redis(host="127.0.0.1", port=int(sys.argv[1]), socket_timeout=10)

# A pipeline is a transaction unless it says otherwise.
assert client.pipeline().set("tx:a", 1).incr("tx:a").get("tx:a").ttl("tx:a").execute() == [True, 2, b"2", -1]
with client.pipeline() as pipe:
    for i in range(2000):
        pipe.set(f"tx:many:{i}", i, ex=100)
    assert pipe.execute() == [True] * 2000
assert client.pipeline(transaction=False).get("tx:a").get("tx:none").execute() == [b"2", None]

try:
    client.pipeline().set("tx:word", "x").incr("tx:word").execute()
    raise AssertionError("an error was expected")
except redis.ResponseError as error:
    assert "not an integer" in str(error), error
replies = client.pipeline().set("tx:word", "x").incr("tx:word").execute(raise_on_error=False)
assert replies[0] is True and isinstance(replies[1], redis.ResponseError)
try:
    client.pipeline().execute_command("NOSUCH").execute()
    raise AssertionError("an error was expected")
except redis.ResponseError as error:
    assert "unknown command" in str(error), error


def increment(pipe):
    count = int(pipe.get("tx:count") or 0)
    pipe.multi()
    pipe.set("tx:count", count + 1)


for _ in range(10):
    client.transaction(increment, "tx:count")
assert client.get("tx:count") == b"10"

with client.pipeline() as pipe:
    pipe.watch("tx:count")
    client.set("tx:count", 99)
    pipe.multi()
    pipe.set("tx:count", 0)
    try:
        pipe.execute()
        raise AssertionError("a watch error was expected")
    except redis.WatchError:
        pass
assert client.get("tx:count") == b"99"

pubsub = client.pubsub()
pubsub.subscribe("py:news")
pubsub.psubscribe("py:*")
kinds = [pubsub.get_message(timeout=10)["type"] for _ in range(2)]
assert kinds == ["subscribe", "psubscribe"], kinds
assert client.publish("py:news", b"\xff\x00") == 2
messages = [pubsub.get_message(timeout=10) for _ in range(2)]
assert [(each["type"], each["channel"], each["data"]) for each in messages] == [
    ("message", b"py:news", b"\xff\x00"),
    ("pmessage", b"py:news", b"\xff\x00"),
], messages
pubsub.ping("hello")
assert pubsub.get_message(timeout=10)["data"] == b"hello"
assert client.pubsub_channels() == [b"py:news"]
assert client.pubsub_numsub("py:news", "py:none") == [(b"py:news", 1), (b"py:none", 0)]
assert client.pubsub_numpat() == 1
pubsub.unsubscribe()
pubsub.punsubscribe()
pubsub.close()
print("done")
