"""`hub intake` 接入: receives by HTTP, files, mail, polls and Kafka; journals; publishes."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from hub.broker.producer import KafkaSender
from hub.broker.topics import ensure_topics
from hub.intake.collectors.database import EnvironmentTable
from hub.intake.collectors.files import FILES_EVERY, DropFolders
from hub.intake.collectors.leader_board import LeaderBoard
from hub.intake.collectors.mail import Imap, MailDir
from hub.intake.collectors.put_away import forget_files
from hub.intake.collectors.service_window import ServiceWindow
from hub.intake.collectors.source import Source
from hub.intake.collectors.topics import IntakeTopics
from hub.intake.http import IntakeHttp, spent_nonces
from hub.intake.receiver import Receiver
from hub.journal.journal import Journal
from hub.journal.keys import journal_path, sealer_of
from hub.journal.migration import open_sealed
from hub.journal.salvage import needs_salvage, salvage, seal_asides
from hub.journal.writer import JournalWriter
from hub.publish.publisher import Publisher, publish_forever
from hub.recovery.resend import forget_old, rewind
from hub.runtime.health import beat_until, watched
from hub.runtime.lock import acquire_lock
from hub.runtime.log import set_up_logging
from hub.runtime.metrics import METERS
from hub.runtime.periodic import Round, repeat_forever
from hub.runtime.process import in_thread, stop_on_signal, tune_gc
from hub.security.credentials import load_or_create_credentials, secret_for
from hub.security.sealing import Sealer, SealError
from hub.settings import Settings
from hub.store.reader import Reader, StoreAwayError
from hub.town.follow import FollowedRegister, follow_models
from hub.town.mappings import mapped_connectors
from hub.web import mutual_tls
from hub.web.signature import Nonces
from schemas.channel import Channel
from streams.town.register import Register

TOPICS_EVERY = 0.5
REST_ROUNDS = 3
"""Rounds in which a folder without files is not looked at: two seconds until the next look."""
TIDY_EVERY = 60.0

log = structlog.get_logger()


def open_journal(settings: Settings, sealer: Sealer) -> Journal:
    """Open the journal; if the broker's log is new, unsettled messages will be published again.

    A journal that the disk has damaged is set aside, and its readable entries are used. Raises
    `SealError` if a key is missing that the journal needs.
    """
    path = journal_path(settings)
    if needs_salvage(path):
        salvage(path, sealer, max_bytes=settings.journal_max, now=datetime.now(UTC))
    seal_asides(path, sealer)
    journal = open_sealed(settings, sealer)
    if settings.embedded_broker:
        reader = Reader(settings)
        rewind(journal, reader)
        reader.close()
    return journal


def evenly(work: Round) -> Round:
    """Return a round that never asks for the next one at once: its pace is a clock."""

    async def round_of_clock() -> int:
        await work()
        return 0

    return round_of_clock


def resting(work: Round, is_empty: Callable[[], bool]) -> Round:
    """Return a round that does nothing for the next `REST_ROUNDS` if there was nothing to take."""
    rest = 0

    async def round_of_folder() -> int:
        nonlocal rest
        if rest:
            rest -= 1
            return 0
        amount = await work()
        rest = REST_ROUNDS if is_empty() else 0
        return amount

    return round_of_folder


def collector_rounds(source: Source, intake: IntakeHttp) -> list[tuple[str, Round, float]]:
    """Return name, round and pause in seconds of every configured collector."""
    settings = source.settings
    drops = DropFolders(source, intake.connectors, intake.credentials.contexts())
    try:
        drops.make()
    except OSError as error:
        # Each round tries again; the other collectors must not wait for a share.
        log.warning("drop_folders_not_made", error=str(error))
    mails = MailDir(source)
    collectors: list[tuple[str, Round, float]] = [
        ("files", evenly(resting(drops.collect, lambda: drops.is_empty)), FILES_EVERY),
        ("maildir", resting(mails.collect, lambda: mails.is_empty), FILES_EVERY),
        ("topics", IntakeTopics(source).collect, TOPICS_EVERY),
    ]
    if settings.leader_board_url:
        collectors.append(("leader board", LeaderBoard(source).collect, settings.poll_every))
    if settings.service_items_url.get_secret_value():
        collectors.append(("service window", ServiceWindow(source).collect, settings.poll_every))
    if settings.environment_url.get_secret_value():
        collectors.append(("12369 database", EnvironmentTable(source).collect, settings.poll_every))
    if settings.imap_url.get_secret_value():
        collectors.append(("IMAP", Imap(source).collect, settings.poll_every))
    return collectors


async def tidy_forever(journal: Journal, settings: Settings, stop: asyncio.Event) -> None:
    """Delete settled journal entries and processed files that are older than their retention."""
    reader = Reader(settings)

    async def tidy() -> int:
        try:
            await asyncio.to_thread(forget_files, settings, time.time())
            await asyncio.to_thread(forget_old, journal, reader, settings)
        except StoreAwayError as error:
            log.info("tidying_postponed", error=str(error))
        return 0

    await repeat_forever("journal", tidy, TIDY_EVERY, stop)
    reader.close()


async def run(settings: Settings) -> None:
    """Run until a signal. An accepted message is in the journal, and is published at least once."""
    set_up_logging(settings, "intake")
    lock = acquire_lock(settings.data, "intake")
    stop = asyncio.Event()
    stop_on_signal(stop)
    try:
        sealer = sealer_of(settings)
    except SealError as error:
        raise SystemExit(f"hub intake: {error}") from error
    await asyncio.to_thread(ensure_topics, settings)
    # Before the pages need it: theirs may be a read-only copy of the file.
    secret_for(settings, Channel.MANUAL_ENTRY)
    # A file of an earlier version has no secret of this channel.
    secret_for(settings, Channel.SERVICE_ITEMS)
    credentials = load_or_create_credentials(settings)
    connectors = mapped_connectors(settings.town)
    try:
        journal = await asyncio.to_thread(open_journal, settings, sealer)
    except SealError as error:
        raise SystemExit(f"hub intake: {error}") from error
    writer = JournalWriter(journal)
    receiver = Receiver(writer, METERS)
    window = datetime.now(UTC) - timedelta(seconds=2 * settings.replay_window)
    recent = journal.since(window)
    nonces = Nonces(spent_nonces(recent, settings.replay_window))
    intake = IntakeHttp(settings, receiver, credentials, connectors, nonces, sealer)
    intake.wechat.urls.remember(recent, datetime.now(UTC).timestamp())
    sender = KafkaSender(settings)
    followed = FollowedRegister(settings)
    publisher = Publisher(
        routes=journal,
        connectors=connectors,
        contexts=credentials.contexts(),
        register=followed.read(),
        sealer=sealer,
        sender=sender,
    )

    def adopt(fresh: Register) -> None:
        publisher.register = fresh

    following = asyncio.create_task(follow_models(followed, adopt))
    tune_gc()
    ended = threading.Event()
    publishing = asyncio.create_task(
        in_thread(stop, partial(publish_forever, publisher, journal, ended.is_set))
    )
    collectors = [
        asyncio.create_task(repeat_forever(name, collect, every, stop))
        for name, collect, every in collector_rounds(Source(settings, receiver, journal), intake)
    ]
    collectors.append(asyncio.create_task(tidy_forever(journal, settings, stop)))
    runner = await intake.connections.start(
        settings.host, settings.intake_port, auto_decompress=False
    )
    if settings.mutual_port:
        secured = mutual_tls.context(settings)
        await intake.connections.listen(runner, settings.host, settings.mutual_port, secured)
    with watched(settings) as pulse:
        await beat_until(pulse, stop)
    following.cancel()
    await runner.cleanup()
    await asyncio.gather(*collectors)
    await writer.close()
    ended.set()
    await publishing
    sender.close()
    journal.close()
    if lock:
        lock.close()


if __name__ == "__main__":
    asyncio.run(run(Settings()))
