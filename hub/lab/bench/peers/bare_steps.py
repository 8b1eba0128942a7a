"""A loop over batches of confluent-kafka that calls the hub's own steps.

The difference to the worker is the cost of its shell. The loop has none of the worker's guarantees:
no transactions, no timers, no restoring.
"""

from pathlib import Path

from confluent_kafka import Consumer, Producer

from hub.lab.bench.peers.event import parse_arguments
from hub.settings import Settings
from hub.town.models import load_register
from schemas.cloudevent import from_record
from schemas.reports.event import UnifiedEvent
from streams.case.state import PartitionState
from streams.steps import event as receive
from streams.worker.publisher import RecordBatch

BATCH = 500


def main() -> None:
    """Run until `--count` events have been read; write the records to the topics of the hub."""
    arguments = parse_arguments()
    register = load_register(Settings(town=Path(arguments.folder)))
    consumer = Consumer(
        {
            "bootstrap.servers": arguments.bootstrap,
            "group.id": "bare-steps",
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
    states: dict[int, PartitionState] = {}
    read = 0
    while read < arguments.count:
        effects = []
        batch = [message for message in consumer.consume(BATCH, 0.2) if not message.error()]
        for message in batch:
            state = states.setdefault(message.partition(), PartitionState())
            event = from_record(UnifiedEvent, message.value())
            effects.append(receive.step(state, event, register))
            state.apply(effects[-1])
        for record in RecordBatch.of(effects):
            producer.produce(
                record.topic, record.value, record.key, record.partition, headers=record.headers
            )
            producer.poll(0)
        read += len(batch)
    producer.flush()
    consumer.commit()
    consumer.close()


if __name__ == "__main__":
    main()
