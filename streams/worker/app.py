"""The Faust application 流处理: agents, timers and rebalance callbacks around a worker."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import faust

from schemas.topic import COMMANDS, EVENTS
from streams.case.state import Effects
from streams.town.register import Register
from streams.worker.buffer import StreamBuffer
from streams.worker.consumer import Assignor, Transport
from streams.worker.publisher import EffectsPublisher
from streams.worker.worker import Observe, Restore, Worker, WorkerConfig

APP_ID = "minqing-hub-work"


def _unobserved(_: list[Effects], __: float) -> None:
    """Ignore the result of a batch."""


def make_app(
    config: WorkerConfig,
    register: Register,
    restore: Restore,
    now: Callable[[], datetime],
    publisher: EffectsPublisher,
    observe: Observe = _unobserved,
) -> tuple[faust.App, Worker]:
    """Return the Faust application and its worker; the caller supplies all I/O and the clock."""
    app = faust.App(
        APP_ID,
        broker=f"kafka://{config.bootstrap.replace(',', ';kafka://')}",
        broker_credentials=config.credentials,
        datadir=config.data_dir,
        value_serializer="raw",
        key_serializer="raw",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        consumer_auto_offset_reset="earliest",
        stream_wait_empty=False,
        broker_commit_interval=1.0,
        # The partitions of a killed worker move on after this many seconds.
        broker_session_timeout=10.0,
        broker_heartbeat_interval=2.0,
        consumer_group_instance_id=config.member or None,
        PartitionAssignor=Assignor,
    )
    arrived, ordered = StreamBuffer(config.batch), StreamBuffer(config.batch)
    app.transport = Transport(app.conf.broker_consumer, app)
    app.transport.prepare, app.transport.is_full = config.prepare, lambda: arrived.is_full
    worker = Worker(app, config, register, restore, now, publisher, observe)
    events = app.topic(EVENTS.name, value_serializer="raw", key_serializer="raw")
    commands = app.topic(COMMANDS.name, value_serializer="raw", key_serializer="raw")

    async def process_events() -> None:
        await arrived.drain(lambda batch: worker.process(batch, worker.on_event), config.linger)

    async def process_commands() -> None:
        await ordered.drain(lambda batch: worker.process(batch, worker.on_command), 0.0)

    async def revoked(_: faust.App, parts: Iterable[Any], **__: Any) -> None:
        worker.on_partitions_revoked(part.partition for part in parts)

    app.task(worker.tick_forever)
    app.task(process_events)
    app.task(process_commands)
    app.agent(events, name="receive")(arrived.fill)
    app.agent(commands, name="follow")(ordered.fill)

    async def assigned(_: faust.App, parts: Iterable[Any], **__: Any) -> None:
        worker.on_partitions_assigned(part.partition for part in parts if part.topic == EVENTS.name)
        if worker.bundle is not None:
            # Not awaited: Faust must not wait for the broker in the middle of a rebalance.
            app.add_future(worker.acknowledge_rules())

    app.on_partitions_revoked.connect(revoked)
    app.on_partitions_assigned.connect(assigned)
    return app, worker
