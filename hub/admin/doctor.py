"""`hub doctor` 体检: checks this machine, and names each problem with its remedy."""

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
"""Bytes."""
PACKAGES = ("kafka-python", "faust-streaming", "pydantic", "clickhouse-connect", "chdb")
OLDEST_SANE_YEAR = 2025
MANY_WAITING = 10_000


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `advice` says what to do, and is empty if there is no problem."""

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
    advice = "" if sane else "set the clock (NTP): signatures and deadlines depend on it"
    yield Finding("clock", sane, now.isoformat(timespec="seconds"), advice)


def _versions(_: Settings) -> Iterator[Finding]:
    recent = sys.version_info >= (3, 11)
    yield Finding("python", recent, sys.version.split()[0], "" if recent else "use Python 3.11+")
    for name in PACKAGES:
        try:
            yield Finding(name, healthy=True, state=version(name))
        except PackageNotFoundError:
            yield Finding(name, healthy=False, state="missing", advice=f"pip install {name}")


def _is_hub(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as response:  # noqa: S310 - our own servers
            return bool(response.status < 500)
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
        elif _is_hub(f"http://{settings.host}:{port}{path}"):
            yield Finding(subject, healthy=True, state="answers")
        else:
            advice = f"stop the program that holds it, or set {setting} to a free port"
            yield Finding(subject, healthy=False, state="held by something else", advice=advice)


def _locks(settings: Settings) -> Iterator[Finding]:
    for name in LOCK_NAMES:
        process = lock_holder(settings.data, name)
        if process:
            yield Finding(f"lock {name}", healthy=True, state=process)


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
    advice = "" if not missing else "run `hub up`, which creates them"
    state = f"missing: {', '.join(missing)}" if missing else f"all {len(TOPICS)} there"
    yield Finding("topics", healthy=not missing, state=state, advice=advice)


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
    waiting, damaged = _journal_counts(path)
    yield _journal_keys(settings, path)
    advice = "" if not damaged else "a disk has changed them: table damaged has their receipts"
    yield Finding("journal", not damaged, f"{damaged} entries set aside", advice)
    few = waiting < MANY_WAITING
    advice = "" if few else "the broker is away or too slow: look at it, and at the intake's log"
    yield Finding("publisher", few, f"{waiting} messages wait to be published", advice)


def _journal_counts(path: Path) -> tuple[int, int]:
    """Return how many entries wait to be published, and how many are damaged."""
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        (waiting,) = connection.execute(WAITING, (CURSOR,)).fetchone()
        # A journal that no intake of this version has opened yet has no table `damaged`.
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
        if ("damaged",) not in tables:
            return waiting, 0
        (damaged,) = connection.execute("SELECT count(*) FROM damaged").fetchone()
    return waiting, damaged


def _unlocked_journal(settings: Settings) -> Iterator[Finding]:
    """Check the journal; that another process has locked it is a finding of its own."""
    try:
        yield from _journal(settings)
    except sqlite3.OperationalError as error:
        advice = "another process holds it, such as an intake that seals an older one: try again"
        yield Finding("journal", healthy=False, state=str(error), advice=advice)


def _journal_keys(settings: Settings, path: Path) -> Finding:
    """Return whether the whole journal is sealed, by keys that exist; works without the keys."""
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
    """Ask the engine's process which wall confines it, and which foreign files it could open."""
    if settings.clickhouse:
        return
    try:
        wall = ask_engine(settings, "/wall")
    except ClickHouseError:
        yield Finding("wall", healthy=True, state="unknown: the store is not running")
        return
    opened = [trial["what"] for trial in wall["trials"] if trial["denied"] is False]
    denied = sum(1 for trial in wall["trials"] if trial["denied"])
    state = f"{wall['wall']}; the engine tried {denied + len(opened)} files that are not its own"
    if not opened:
        yield Finding("wall", healthy=True, state=f"{state} and could open none")
        return
    why = f" ({wall['missing']})" if wall["missing"] else ""
    advice = (
        "run it on Linux 5.13 or later, in a container that allows Landlock, with keys and town in"
        " folders of their own; HUB_WALL=required does not start without"
    )
    state = f"{state} and could open {', '.join(opened)}{why}"
    yield Finding("wall", healthy=False, state=state, advice=advice)


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
    _unlocked_journal,
    _wall,
    _store_lag,
)


def examine(settings: Settings) -> list[Finding]:
    """Return the findings of all checks, in the order in which problems are best solved."""
    return [finding for check in CHECKS for finding in check(settings)]


def doctor_report(settings: Settings, *, as_json: bool) -> tuple[bool, str]:
    """Return whether there is no problem, and the findings as lines or as JSON."""
    findings = examine(settings)
    healthy = all(finding.healthy for finding in findings)
    if as_json:
        return healthy, json.dumps([asdict(finding) for finding in findings], ensure_ascii=False)
    return healthy, "\n".join(map(_line, findings))


def _line(finding: Finding) -> str:
    mark = "ok  " if finding.healthy else "BAD "
    advice = f" — {finding.advice}" if finding.advice else ""
    return f"{mark} {finding.subject}: {finding.state}{advice}"
