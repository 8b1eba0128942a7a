"""The log of projects: a record counts once the store has it, and one of two at the same time."""

from collections.abc import Sequence

import pytest
from kafka.errors import KafkaTimeoutError

from hub.numbered import log as log_module
from hub.numbered.log import NotStoredError, OvertakenError
from hub.projects.changes import add_money
from hub.projects.log import ProjectLog
from hub.store.client import Store
from schemas.cloudevent import Record, from_record
from schemas.projects.money import MoneySource
from schemas.projects.record import ProjectRecord
from schemas.topic import PROJECTS
from tests.builders.stored import keep
from tests.hub.projects.built import change, folded, registered


class Storing:
    """Stores what is sent, as the sink does; `before` is stored first, as by somebody faster."""

    def __init__(self, store: Store, *before: ProjectRecord) -> None:
        self._store, self._before = store, before

    def send_all(self, records: Sequence[Record]) -> None:
        """Store the records."""
        sent = [from_record(ProjectRecord, record.value) for record in records]
        keep(self._store, PROJECTS.name, *self._before, *sent)


class Failing:
    """A broker that does not answer."""

    def send_all(self, records: Sequence[Record]) -> None:
        """Raise what the client raises."""
        raise KafkaTimeoutError(f"{len(records)} records")


class Forgetting:
    """A broker that acknowledges, and is restarted before the sink has read."""

    def send_all(self, records: Sequence[Record]) -> None:
        """Do nothing."""


def test_a_record_counts_as_soon_as_the_store_has_it(store: Store) -> None:
    """What is read back is what was appended."""
    (first,) = registered()
    log = ProjectLog(store.named, Storing(store))
    log.append(first)
    assert log.find(first.code) == folded([first])
    assert log.find("0000000000") is None


def test_whoever_was_slower_is_told_so(store: Store) -> None:
    """Two records have the same number; the earlier one counts, and the other is no success."""
    (first,) = registered()
    project = folded([first])
    mine = add_money(project, change([first], 2), MoneySource.SUBSIDY, "900")
    faster = add_money(project, change([first], 1), MoneySource.SUBSIDY, "100")
    log = ProjectLog(store.named, Storing(store, first, faster))
    with pytest.raises(OvertakenError, match="别人刚刚登记"):
        log.append(mine)
    stored = log.find(first.code)
    assert stored is not None
    assert [item.money.amount for item in stored.money] == ["100.00"]


def test_what_counts_is_not_replaced_by_a_record_that_waited(store: Store) -> None:
    """Two press at once; the later one is stored first, and what he was told stays true."""
    (first,) = registered()
    project, log = folded([first]), ProjectLog(store.named, Storing(store))
    log.append(first)
    waited = add_money(project, change([first], 1), MoneySource.SUBSIDY, "100")
    stored = add_money(project, change([first], 2), MoneySource.SUBSIDY, "900")
    log.append(stored)
    with pytest.raises(OvertakenError, match="没有登记"):
        log.append(waited)
    shown = log.find(first.code)
    assert shown is not None
    assert [item.money.amount for item in shown.money] == ["900.00"]
    log.append(stored)
    assert log.find(first.code) == shown


@pytest.mark.parametrize("sender", [Failing(), Forgetting()])
def test_nobody_hears_of_success_before_the_store_has_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, sender: Failing | Forgetting
) -> None:
    """Neither if the broker fails, nor if it forgets what it has acknowledged."""
    monkeypatch.setattr(log_module, "STORED_SECONDS", 0.0)
    (first,) = registered()
    with pytest.raises(NotStoredError, match="登记"):
        ProjectLog(store.named, sender).append(first)
    assert ProjectLog(store.named, sender).find(first.code) is None
