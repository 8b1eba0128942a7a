"""The hash chain of the audit: changed and removed lines are detected."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from clickhouse_connect.driver.exceptions import OperationalError

from hub.accounts.audit import Audit
from hub.accounts.audit_chain import faults
from hub.admin.audit import LINES
from hub.settings import Settings
from hub.store.client import Store

NOW = datetime.now(UTC)


def content(number: int) -> list[Any]:
    """Return the content of an audit line."""
    at = NOW + timedelta(seconds=number, microseconds=123456)
    return [at, f"张{number}", "city", "", "contacts", None, "回访", "10.0.0.1"]


@pytest.fixture
def lines(store: Store) -> list[dict[str, Any]]:
    """Return the audit lines of two processes, one process after the other, from the store."""
    first, second = Audit(Settings(), store), Audit(Settings(), store)
    for number in range(4):
        first._write(content(number))
    for number in range(4, 7):
        second._write(content(number))
    return store.named(LINES)


def test_an_unchanged_audit_has_no_fault(lines: list[dict[str, Any]]) -> None:
    """Seven lines in two chains, the second linked to the first, have no fault."""
    assert len(lines) == 7
    assert len({line["chain"] for line in lines}) == 2
    assert lines[4]["previous_hash"] == lines[3]["hash"]
    assert faults(lines, NOW, 0) == []


@pytest.mark.parametrize("name", ["at", "who", "detail", "address", "what", "link", "hash"])
def test_a_changed_line_is_detected(lines: list[dict[str, Any]], name: str) -> None:
    """A changed value is detected in each column."""
    other = {"at": NOW, "link": 17}.get(name, "某人")
    lines[2] = lines[2] | {name: other}
    assert faults(lines, NOW, 0)


@pytest.mark.parametrize("number", [0, 1, 3, 4, 5])
def test_a_removed_line_is_detected(lines: list[dict[str, Any]], number: int) -> None:
    """A removed line is detected: the first, a middle one, the last before another chain."""
    del lines[number]
    assert any("was removed" in problem for problem in faults(lines, NOW, 0))


def test_lines_past_the_retention_may_be_missing(lines: list[dict[str, Any]]) -> None:
    """Expired lines may be missing; the next line records their time."""
    later = NOW + timedelta(days=30, seconds=1.9)
    assert faults(lines[2:], later, 30) == []
    assert faults(lines[4:], later, 30)


def test_a_line_that_was_not_stored_breaks_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line after a failed write begins a new chain behind the stored lines."""
    audit = Audit(Settings(), store)
    audit._write(content(0))

    def away(*_: Any) -> None:
        raise OperationalError("away")

    with monkeypatch.context() as broken:
        broken.setattr(audit, "_store", SimpleNamespace(insert=away))
        with pytest.raises(OperationalError):
            audit._write(content(1))
    audit._write(content(2))
    lines = store.named(LINES)
    assert [line["link"] for line in lines] == [1, 1]
    assert faults(lines, NOW, 0) == []
