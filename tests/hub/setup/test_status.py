"""One look says what runs, what waits, and why a number is not known."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner

from hub.cli.main import cli
from hub.feedback.outbox import Outbox
from hub.journal.schema import open_file
from hub.notifications.webhooks.queue import WebhookQueue
from hub.runtime.lock import acquire_lock
from hub.runtime.outbox import Message
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.setup import status as module
from hub.setup.status import Status, render_status, status_of
from tests.integration.parts import free_port


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return the settings of a hub that does not run."""
    ports = {f"{name}_port": free_port() for name in ("overview", "intake", "store")}
    return Settings(data=tmp_path, **ports)


def test_a_stopped_hub_has_no_numbers_it_cannot_know(settings: Settings) -> None:
    """Nothing is created, and the store's sentence says what to do."""
    status = status_of(settings)
    assert not status.healthy
    assert (status.to_publish, status.undecided, status.feedback_waiting) == (None, None, None)
    assert "hub up" in render_status(status)
    assert list(settings.data.iterdir()) == []


def test_what_waits_is_counted_without_the_store(settings: Settings) -> None:
    """Journal and outbox are read from their files, and programs from their locks."""
    paths = DataPaths(settings.data)
    with closing(open_file(paths.journal)) as journal:
        journal.execute(
            "INSERT INTO entries (receipt_id, received_at, meta, body) VALUES (x'00', 1, '', x'')"
        )
    Outbox(paths.outbox).close()
    queue = WebhookQueue(paths.webhook_queue)
    queue.put([Message(uuid4(), "app", "case", 1.0, b"{}")])
    queue.close()
    lock = acquire_lock(settings.data, "work")
    assert lock
    status = status_of(settings)
    lock.close()
    assert (status.to_publish, status.feedback_waiting, status.feedback_dead) == (1, 0, 0)
    assert status.sent == {"webhooks": (1, 0)}
    assert "webhooks: 1 waiting, 0 given up" in render_status(status)
    assert status.running["work"]
    assert not status.running["serve"]


def test_a_damaged_file_is_an_unknown_number(settings: Settings) -> None:
    """The look never ends with a traceback."""
    DataPaths(settings.data).journal.write_bytes(b"no database, but long enough to be read as one")
    assert status_of(settings).to_publish is None
    with pytest.raises(sqlite3.Error):
        sqlite3.connect(DataPaths(settings.data).journal).execute("SELECT * FROM entries")


def test_cases_and_channels_are_shown() -> None:
    """The lines name what is open, and when each channel was last heard of."""
    row = {"channel": "hotline_12345", "last": "2026-11-01 08:00:00.000", "today": 7}
    cases = {"open": 5, "overdue": 2, "triage": 1}
    known = Status({"hub": "process 1"}, True, True, 0, 0, 0, 0, cases, (row,))
    assert known.healthy
    shown = render_status(known)
    assert "5, 2 overdue, 1 in triage" in shown
    assert "hotline_12345: 7 messages today" in shown


def test_the_questions_fit_the_store(store: object) -> None:
    """Views and columns of the questions exist."""
    for sql in (module.CASES, module.UNDECIDED, module.CHANNELS):
        assert store.named(sql) is not None  # type: ignore[attr-defined]


def test_the_commands_answer(settings: Settings) -> None:
    """The status is JSON for programs, and a shell gets a script for completion."""
    environment = {"HUB_DATA": str(settings.data)}
    environment |= {f"HUB_{name}_PORT": str(free_port()) for name in ("OVERVIEW", "INTAKE")}
    result = CliRunner().invoke(cli, ["status", "--json"], env=environment)
    assert result.exit_code == 1
    assert json.loads(result.output)["pages"] is False
    for shell in ("bash", "zsh", "fish"):
        completed = CliRunner().invoke(cli, ["completion", shell])
        assert "_HUB_COMPLETE" in completed.output
