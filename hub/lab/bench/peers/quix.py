"""The job in quixstreams: a dataframe with state in RocksDB."""

from event import arguments, line, parsed
from quixstreams import Application, State


def once(value: bytes, state: State) -> bytes | None:
    """Return the line of an event that was not seen."""
    event = parsed(value)
    key = str(event.event_id)
    if state.exists(key):
        return None
    state.set(key, 1)
    return line(event)


def main() -> None:
    """Run until so many events have been read."""
    told = arguments()
    app = Application(
        broker_address=told.bootstrap,
        consumer_group=told.target,
        auto_offset_reset="earliest",
        state_dir=told.folder,
        loglevel="WARNING",
    )
    source = app.topic(told.source, value_deserializer="bytes", key_deserializer="bytes")
    target = app.topic(told.target, value_serializer="bytes", key_serializer="bytes")
    lines = app.dataframe(source).apply(once, stateful=True)
    lines[lines.apply(lambda value: value is not None)].to_topic(target)
    app.run(count=told.count)


if __name__ == "__main__":
    main()
