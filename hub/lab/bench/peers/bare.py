"""The practical upper bound: a loop over batches of confluent-kafka, with a set in memory."""

from uuid import UUID

from confluent_kafka import Consumer, Producer
from event import parse_arguments, parse_event, result_line

BATCH = 1000


def main() -> None:
    """Run until `--count` events have been read."""
    arguments = parse_arguments()
    consumer = Consumer(
        {
            "bootstrap.servers": arguments.bootstrap,
            "group.id": arguments.target,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": arguments.bootstrap,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    consumer.subscribe([arguments.source])
    seen: set[UUID] = set()
    read = 0
    while read < arguments.count:
        batch = [message for message in consumer.consume(BATCH, 0.2) if not message.error()]
        for message in batch:
            event = parse_event(message.value())
            if event.event_id not in seen:
                seen.add(event.event_id)
                producer.produce(arguments.target, result_line(event), message.key())
        producer.poll(0)
        read += len(batch)
    producer.flush()
    consumer.commit()
    consumer.close()


if __name__ == "__main__":
    main()
