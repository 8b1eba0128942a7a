"""A Faust agent as most people write it: one event at a time, a table, a send. It never ends."""

import sys

import faust
from event import arguments, line, parsed

told = arguments()
app = faust.App(
    told.target,
    broker=f"kafka://{told.bootstrap}",
    store="memory://",
    datadir=told.folder,
    value_serializer="raw",
    key_serializer="raw",
    web_enabled=False,
    consumer_auto_offset_reset="earliest",
    topic_partitions=8,
    stream_wait_empty=False,
)
source = app.topic(told.source, value_serializer="raw", key_serializer="raw")
target = app.topic(told.target, value_serializer="raw", key_serializer="raw")
seen = app.Table("seen", default=bool, key_type=str, value_type=bool, partitions=8)


@app.agent(source)
async def once(stream: faust.Stream[bytes]) -> None:
    """Send a line for each event that was not seen."""
    async for value in stream:
        event = parsed(value)
        key = str(event.event_id)
        if not seen[key]:
            seen[key] = True
            await target.send(key=key.encode(), value=line(event))


if __name__ == "__main__":
    sys.argv = [sys.argv[0], "worker", "-l", "warn", "--without-web"]
    app.main()
