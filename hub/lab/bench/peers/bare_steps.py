"""A loop over batches of confluent-kafka that calls the hub's very own steps: what a shell adds.

It keeps no promise of ours: no transactions, no timers, no restoring.
"""

from pathlib import Path

from confluent_kafka import Consumer, Producer

from hub.lab.bench.peers.event import arguments
from hub.settings import Settings
from hub.town.models import load_register
from schemas.cloudevent import decode
from schemas.reports.event import UnifiedEvent
from streams.case.state import PartitionState
from streams.steps import event as receive
from streams.worker.publisher import RecordBatch

BATCH = 500


def main() -> None:
    """Run until so many events have been read; records go to the topics of the hub."""
    told = arguments()
    register = load_register(Settings(town=Path(told.folder)))
    consumer = Consumer(
        {
            "bootstrap.servers": told.bootstrap,
            "group.id": "bare-steps",
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
    states: dict[int, PartitionState] = {}
    read = 0
    while read < told.count:
        made = []
        batch = [one for one in consumer.consume(BATCH, 0.2) if not one.error()]
        for one in batch:
            state = states.setdefault(one.partition(), PartitionState())
            made.append(receive.step(state, decode(UnifiedEvent, one.value()), register))
            state.apply(made[-1])
        for record in RecordBatch.of(made):
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
