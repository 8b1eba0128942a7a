"""The job in bytewax: a dataflow with one state for each event's id."""

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from event import arguments, line, parsed


def once(was_seen: bool | None, value: bytes) -> tuple[bool, bytes | None]:
    """Return that the event is seen, and its line where it was not."""
    return True, None if was_seen else line(parsed(value))


def keyed(message: KafkaSourceMessage[bytes | None, bytes]) -> tuple[str, bytes]:
    """Return the id of an event, by which its state is found."""
    return str(parsed(message.value).event_id), message.value


def main() -> None:
    """Run to the end of the topic."""
    told = arguments()
    flow = Dataflow("once")
    source = KafkaSource([told.bootstrap], [told.source], tail=False, batch_size=1000)
    read = op.map("keyed", op.input("read", flow, source), keyed)
    lines = op.filter_map("lines", op.stateful_map("once", read, once), lambda pair: pair[1])
    sent = op.map("sent", lines, lambda value: KafkaSinkMessage(None, value))
    kop.output("send", sent, brokers=[told.bootstrap], topic=told.target)
    run_main(flow)


if __name__ == "__main__":
    main()
