"""`hub doctor` 体检: says what is wrong on this machine, where, and what to do about it."""

import contextlib
import json
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import click
from clickhouse_connect.driver.exceptions import ClickHouseError
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from hub.broker.connection import options
from hub.broker.ports import answers
from hub.journal.journal import WAITING
from hub.journal.keys import CLEAR, check_keys, is_sealed_whole, sealed_entries
from hub.journal.salvage import is_damaged
from hub.publish.publisher import CURSOR
from hub.runtime.lock import LOCK_NAMES, lock_holder
from hub.runtime.paths import DataPaths
from hub.security.keyring import key_path, open_sealer
from hub.security.sealing import SealError
from hub.settings import Settings
from hub.store.engine_client import ask_engine
from hub.store.reader import Reader, StoreAwayError
from schemas.topic import TOPICS

NEEDED_DISK = 2 * 1024**3
PACKAGES = ("kafka-python", "faust-streaming", "pydantic", "clickhouse-connect", "chdb")
OLDEST_SANE_YEAR = 2025
MANY_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `advice` is empty where all is well."""

    subject: str
    healthy: bool
    state: str
    advice: str = ""


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data if settings.data.exists() else settings.data.absolute().parent
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        free >= NEEDED_DISK,
        f"{free / 1024**3:.1f} GiB free for {settings.data}",
        "" if free >= NEEDED_DISK else "free at least 2 GiB, or set HUB_DATA to another disk",
    )


def _clock(_: Settings) -> Iterator[Finding]:
    now = datetime.now(UTC)
    sane = now.year >= OLDEST_SANE_YEAR
    advice = "" if sane else "set the clock (NTP): signatures and deadlines rest on it"
    yield Finding("clock", sane, now.isoformat(timespec="seconds"), advice)


def _versions(_: Settings) -> Iterator[Finding]:
    right = sys.version_info >= (3, 11)
    yield Finding("python", right, sys.version.split()[0], "" if right else "use Python 3.11+")
    for name in PACKAGES:
        try:
            yield Finding(name, healthy=True, state=version(name))
        except PackageNotFoundError:
            yield Finding(name, healthy=False, state="missing", advice=f"pip install {name}")


def _is_ours(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:  # noqa: S310 - our own servers
            return bool(answer.status < 500)
    except (URLError, OSError):
        return False


def _ports(settings: Settings) -> Iterator[Finding]:
    servers = (
        ("intake", settings.intake_port, "HUB_INTAKE_PORT", "/healthz"),
        ("overview", settings.overview_port, "HUB_OVERVIEW_PORT", "/healthz"),
        ("sql", settings.sql_port, "HUB_SQL_PORT", "/ping"),
        ("engine", settings.store_port, "HUB_STORE_PORT", "/ping"),
    )
    for name, port, setting, path in servers:
        subject = f"port {port} ({name})"
        if settings.clickhouse and name in ("sql", "engine"):
            continue
        if not answers(settings.host, port):
            yield Finding(subject, healthy=True, state="free: the hub is not running")
        elif _is_ours(f"http://{settings.host}:{port}{path}"):
            yield Finding(subject, healthy=True, state="answers")
        else:
            advice = f"stop the program that holds it, or set {setting} to a free port"
            yield Finding(subject, healthy=False, state="held by something else", advice=advice)


def _locks(settings: Settings) -> Iterator[Finding]:
    for name in LOCK_NAMES:
        held_by = lock_holder(settings.data, name)
        if held_by:
            yield Finding(f"lock {name}", healthy=True, state=held_by)


def _topics(settings: Settings) -> Iterator[Finding]:
    host, _, port = settings.bootstrap.split(",")[0].rpartition(":")
    if not answers(host, int(port)):
        if settings.embedded_broker:
            yield Finding("broker", healthy=True, state="not running: `hub up` starts it")
        else:
            advice = "start it, or correct HUB_KAFKA"
            yield Finding("broker", healthy=False, state="no answer", advice=advice)
        return
    try:
        admin = KafkaAdminClient(**options(settings))
        present = set(admin.list_topics())
        admin.close()
    except KafkaError as error:
        advice = f"something at {settings.bootstrap} answers, but not as a Kafka broker"
        yield Finding("broker", healthy=False, state=str(error), advice=advice)
        return
    missing = [topic.name for topic in TOPICS if topic.name not in present]
    advice = "" if not missing else "run `hub up`, which makes them"
    state = f"missing: {', '.join(missing)}" if missing else f"all {len(TOPICS)} there"
    yield Finding("topics", not missing, state, advice)


def _journal(settings: Settings) -> Iterator[Finding]:
    path = DataPaths(settings.data).journal
    if not path.exists():
        yield Finding("journal", healthy=True, state="none yet")
        return
    for report in sorted(path.parent.glob(f"{path.name}.damaged-*.txt")):
        advice = "ask the senders for what it names, then move it away"
        yield Finding("journal", healthy=False, state=f"a damaged one: {report}", advice=advice)
    if is_damaged(path):
        advice = "the intake sets it aside at its next start and says what is missing"
        yield Finding("journal", healthy=False, state="damaged", advice=advice)
        return
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (waiting,) = connection.execute(WAITING, (CURSOR,)).fetchone()
        # A journal that no intake of this version has opened yet has no such table.
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        (changed,) = (
            connection.execute("SELECT count(*) FROM damaged").fetchone()
            if ("damaged",) in tables
            else (0,)
        )
    yield _sealed(settings, path)
    advice = "" if not changed else "a disk has changed them: table damaged has their receipts"
    yield Finding("journal", not changed, f"{changed} entries set aside", advice)
    kept = waiting < MANY_WAITING
    advice = "" if kept else "the broker is away or too slow: look at it, and at the intake's log"
    yield Finding("publisher", kept, f"{waiting} messages wait to be published", advice)


def _asked_journal(settings: Settings) -> Iterator[Finding]:
    try:
        yield from _journal(settings)
    except sqlite3.OperationalError as error:
        advice = "another process holds it, such as an intake that seals an older one: try again"
        yield Finding("journal", healthy=False, state=str(error), advice=advice)


def _sealed(settings: Settings, path: Path) -> Finding:
    """Return whether all of the journal is sealed, by keys that are here; needs no key itself."""
    entries = sealed_entries(path)
    state = ", ".join(f"{count} sealed by {key}" for key, count in entries.items() if key != CLEAR)
    try:
        if state:
            check_keys(path, open_sealer(settings), key_path(settings))
    except SealError as error:
        return Finding("journal keys", healthy=False, state=state, advice=str(error))
    except OSError:
        state += " (the keys cannot be read here)"
    if not is_sealed_whole(path):
        advice = "start the intake: it seals what an older version left in clear"
        state = f"{entries.get(CLEAR, 0)} entries in clear, or traces of some"
        return Finding("journal keys", healthy=False, state=state, advice=advice)
    return Finding("journal keys", healthy=True, state=state or "no entries")


def _wall(settings: Settings) -> Iterator[Finding]:
    """Ask the engine's process which wall is around it, and what it could open all the same."""
    if settings.clickhouse:
        return
    try:
        found = ask_engine(settings, "/wall")
    except ClickHouseError:
        yield Finding("wall", healthy=True, state="unknown: the store is not running")
        return
    opened = [trial["what"] for trial in found["trials"] if trial["denied"] is False]
    denied = sum(1 for trial in found["trials"] if trial["denied"])
    state = f"{found['wall']}; the engine tried {denied + len(opened)} files that are not its own"
    if not opened:
        yield Finding("wall", healthy=True, state=f"{state} and could open none")
        return
    why = f" ({found['missing']})" if found["missing"] else ""
    advice = (
        "run it on Linux 5.13 or later, in a container that allows Landlock, with keys and town in"
        " folders of their own; HUB_WALL=required does not start without"
    )
    yield Finding("wall", False, f"{state} and could open {', '.join(opened)}{why}", advice)


def _store_lag(settings: Settings) -> Iterator[Finding]:
    sql = (
        "SELECT (SELECT uniqExact(event_id) FROM events)"
        " - (SELECT uniqExact(event_id) FROM dispositions)"
    )
    reader = Reader(settings)
    try:
        behind = int(reader.raw(sql, "TSV"))
    except (StoreAwayError, ClickHouseError):
        yield Finding("lag", healthy=True, state="unknown: the store is not running")
        return
    finally:
        reader.close()
    advice = "" if behind == 0 else "if it does not fall, look at the worker's log"
    yield Finding("lag", behind == 0, f"{behind} events not yet decided", advice)


CHECKS: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
    _versions,
    _clock,
    _disk,
    _ports,
    _locks,
    _topics,
    _asked_journal,
    _wall,
    _store_lag,
)


def examine(settings: Settings) -> list[Finding]:
    """Return all findings, in the order in which to mend them."""
    return [finding for check in CHECKS for finding in check(settings)]


def run_doctor(settings: Settings, *, as_json: bool) -> int:
    """Print the findings; return 0 where all is well, 1 otherwise."""
    findings = examine(settings)
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            mark = "ok  " if finding.healthy else "BAD "
            advice = f" — {finding.advice}" if finding.advice else ""
            click.echo(f"{mark} {finding.subject}: {finding.state}{advice}")
    return 0 if all(finding.healthy for finding in findings) else 1
