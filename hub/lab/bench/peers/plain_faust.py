"""The job as a usual Faust agent: one event at a time, a table, a send. It runs until killed."""

import sys

import faust
from event import parse_arguments, parse_event, result_line

arguments = parse_arguments()
app = faust.App(
    arguments.target,
    broker=f"kafka://{arguments.bootstrap}",
    store="memory://",
    datadir=arguments.folder,
    value_serializer="raw",
    key_serializer="raw",
    web_enabled=False,
    consumer_auto_offset_reset="earliest",
    topic_partitions=8,
    stream_wait_empty=False,
)
source = app.topic(arguments.source, value_serializer="raw", key_serializer="raw")
target = app.topic(arguments.target, value_serializer="raw", key_serializer="raw")
seen = app.Table("seen", default=bool, key_type=str, value_type=bool, partitions=8)


@app.agent(source)
async def once(stream: faust.Stream[bytes]) -> None:
    """Send a line for each event that was not seen already."""
    async for value in stream:
        event = parse_event(value)
        key = str(event.event_id)
        if not seen[key]:
            seen[key] = True
            await target.send(key=key.encode(), value=result_line(event))


if __name__ == "__main__":
    sys.argv = [sys.argv[0], "worker", "-l", "warn", "--without-web"]
    app.main()
