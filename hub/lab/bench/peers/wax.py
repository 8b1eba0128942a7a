"""The job in bytewax: a dataflow with one state for each event id."""

from bytewax import operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from event import parse_arguments, parse_event, result_line


def once(was_seen: bool | None, value: bytes) -> tuple[bool, bytes | None]:
    """Return the new state, and the line of the event if it was not seen already."""
    return True, None if was_seen else result_line(parse_event(value))


def keyed(message: KafkaSourceMessage[bytes | None, bytes]) -> tuple[str, bytes]:
    """Return the id of the event, which is the key of the state, and the value."""
    return str(parse_event(message.value).event_id), message.value


def main() -> None:
    """Run until the end of the topic."""
    arguments = parse_arguments()
    flow = Dataflow("once")
    source = KafkaSource([arguments.bootstrap], [arguments.source], tail=False, batch_size=1000)
    read = op.map("keyed", op.input("read", flow, source), keyed)
    lines = op.filter_map("lines", op.stateful_map("once", read, once), lambda pair: pair[1])
    sent = op.map("sent", lines, lambda value: KafkaSinkMessage(None, value))
    kop.output("send", sent, brokers=[arguments.bootstrap], topic=arguments.target)
    run_main(flow)


if __name__ == "__main__":
    main()
