"""The practical ceiling: a loop over batches of confluent-kafka, its state a set in memory."""

from uuid import UUID

from confluent_kafka import Consumer, Producer
from event import arguments, line, parsed

BATCH = 1000


def main() -> None:
    """Run until so many events have been read."""
    told = arguments()
    consumer = Consumer(
        {
            "bootstrap.servers": told.bootstrap,
            "group.id": told.target,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": told.bootstrap,
            "linger.ms": 5,
            "queue.buffering.max.messages": 1_000_000,
        }
    )
    consumer.subscribe([told.source])
    seen: set[UUID] = set()
    read = 0
    while read < told.count:
        batch = [one for one in consumer.consume(BATCH, 0.2) if not one.error()]
        for one in batch:
            event = parsed(one.value())
            if event.event_id not in seen:
                seen.add(event.event_id)
                producer.produce(told.target, line(event), one.key())
        producer.poll(0)
        read += len(batch)
    producer.flush()
    consumer.commit()
    consumer.close()


if __name__ == "__main__":
    main()
