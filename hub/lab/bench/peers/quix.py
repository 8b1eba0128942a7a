"""The job in quixstreams: a streaming dataframe with state in RocksDB."""

from event import parse_arguments, parse_event, result_line
from quixstreams import Application, State


def once(value: bytes, state: State) -> bytes | None:
    """Return the line of an event, or None if the event was seen already."""
    event = parse_event(value)
    key = str(event.event_id)
    if state.exists(key):
        return None
    state.set(key, 1)
    return result_line(event)


def main() -> None:
    """Run until `--count` events have been read."""
    arguments = parse_arguments()
    app = Application(
        broker_address=arguments.bootstrap,
        consumer_group=arguments.target,
        auto_offset_reset="earliest",
        state_dir=arguments.folder,
        loglevel="WARNING",
    )
    source = app.topic(arguments.source, value_deserializer="bytes", key_deserializer="bytes")
    target = app.topic(arguments.target, value_serializer="bytes", key_serializer="bytes")
    lines = app.dataframe(source).apply(once, stateful=True)
    lines[lines.apply(lambda value: value is not None)].to_topic(target)
    app.run(count=arguments.count)


if __name__ == "__main__":
    main()
