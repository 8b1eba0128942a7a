"""`hub work` 流处理: runs the Faust application as a worker process."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from os import getpid
from socket import gethostname
from typing import Any

import faust
import structlog
from faust.types.auth import CredentialsT

from hub.broker.connection import tls
from hub.broker.fetch_gate import hold_fetches
from hub.broker.topics import ensure_topics
from hub.broker.wakeup import TopicReader, wakeup_of
from hub.runtime.health import BEAT_EVERY, watched
from hub.runtime.lock import acquire_lock
from hub.runtime.log import set_up_logging, throttle_library_logs
from hub.runtime.metrics import METERS, Metric
from hub.runtime.paths import DataPaths
from hub.runtime.process import tune_gc
from hub.settings import Settings
from hub.settings.kafka import KafkaSecurity
from hub.town.follow import FollowedRegister, follow_models
from hub.worker.redo_log import RedoLog
from hub.worker.redo_publisher import RedoLogPublisher
from hub.worker.restore import restore
from hub.worker.rules import follow_rules
from hub.worker.transactional_publisher import TransactionalPublisher
from streams.case.state import Effects
from streams.worker.app import make_app
from streams.worker.publisher import EffectsPublisher
from streams.worker.worker import WorkerConfig


def _clock(shift: float) -> Callable[[], datetime]:
    """Return the clock of the worker; a drill may set it `shift` seconds ahead."""
    ahead = timedelta(seconds=shift)
    if shift:
        structlog.get_logger().warning("clock_shifted", seconds=shift)
    return lambda: datetime.now(UTC) + ahead


def _count(steps: list[Effects], seconds: float) -> None:
    METERS.observe(Metric.BATCH_SECONDS, seconds)
    for effects in steps:
        if effects.disposition is not None:
            METERS.count(Metric.DECIDED, effects.disposition.outcome)
        for entry in effects.case_events:
            METERS.count(Metric.ENTRIES, entry.move)


def _credentials(settings: Settings) -> CredentialsT | None:
    """Return the credentials for the brokers in Faust's form; None for the embedded broker."""
    if settings.embedded_broker or settings.kafka_security is KafkaSecurity.PLAINTEXT:
        return None
    context = tls(settings) if settings.kafka_security.has_tls else None
    if settings.kafka_security.has_sasl:
        return faust.SASLCredentials(
            mechanism=settings.kafka_sasl,
            username=settings.kafka_user,
            password=settings.kafka_password,
            ssl_context=context,
        )
    return faust.SSLCredentials(context)


def _publisher(settings: Settings) -> EffectsPublisher:
    if settings.embedded_broker:
        return RedoLogPublisher(settings, RedoLog(DataPaths(settings.data).redo_log))
    return TransactionalPublisher(settings)


def _prepare_consumer(settings: Settings) -> Callable[[Any], None]:
    wakeup = wakeup_of(settings, TopicReader.WORKER)

    def prepare(consumer: Any) -> None:
        if wakeup is not None:
            hold_fetches(consumer, wakeup)

    return prepare


def run(settings: Settings) -> None:
    """Run until Ctrl-C or SIGTERM; Faust commits the finished batches before it ends."""
    set_up_logging(settings, "work")
    # Only one process may write the redo log; the lock lasts until the process ends. With a Kafka
    # cluster there is no redo log, and many workers may run.
    if settings.embedded_broker:
        acquire_lock(settings.data, "work")
    ensure_topics(settings)
    followed = FollowedRegister(settings)
    register = followed.read()
    data_dir = DataPaths(settings.data).faust
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    config = WorkerConfig(
        bootstrap=settings.bootstrap,
        batch=settings.batch,
        linger=settings.linger,
        data_dir=str(data_dir),
        worker=f"{gethostname()}/{getpid()}",
        member=settings.worker_name,
        credentials=_credentials(settings),
        prepare=_prepare_consumer(settings),
    )
    restored = partial(restore, settings)
    now, publisher = _clock(settings.clock_shift), _publisher(settings)
    app, worker = make_app(config, register, restored, now, publisher, _count)
    tune_gc()
    with watched(settings) as pulse:

        async def beat() -> None:
            pulse.beat()
            METERS.set(Metric.PARTITIONS, len(worker.assigned))
            METERS.set(Metric.STEP_FAULTS, worker.faults)
            METERS.set(Metric.CASES_HELD, sum(len(state.cases) for state in worker.states.values()))

        async def throttle_logs() -> None:
            # Faust has set up logging again.
            throttle_library_logs()

        async def watch_rules() -> None:
            await follow_rules(settings, worker.adopt_rules)

        async def watch_models() -> None:
            await follow_models(followed, lambda fresh: worker.adopt_matcher(fresh.matcher))

        app.timer(BEAT_EVERY)(beat)
        app.task(throttle_logs)
        app.task(watch_rules)
        app.task(watch_models)
        faust.Worker(app, loglevel="WARNING", redirect_stdouts=False).execute_from_commandline()


if __name__ == "__main__":
    run(Settings())
