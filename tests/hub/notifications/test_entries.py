"""Reading entries: completed by what was read before, and recovered from the store."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub.notifications.entries import EntryReader, Snapshots
from hub.settings import Settings
from schemas.cases.case import CaseEvent
from schemas.cases.fold import thin
from schemas.topic import CASES
from tests.hub.notifications.cases import entries_of


class Taker:
    """Keeps what it takes."""

    def __init__(self, read_to: float = 0.0) -> None:
        self.entries: list[CaseEvent] = []
        self.moment = read_to

    def take(self, entries: Sequence[CaseEvent]) -> int:
        """Keep entries."""
        self.entries += entries
        return len(entries)

    def read_to(self) -> float:
        """Return what the test has set."""
        return self.moment


def reader(path: Path, *takers: Taker, rows: list[list[dict[str, Any]]] | None = None) -> Any:
    """Return a reader over answers of the store."""
    answers = rows or []
    return EntryReader(Settings(data=path), takers, lambda *_: answers.pop(0))


def test_an_entry_that_leaves_fields_out_is_completed_from_the_one_before() -> None:
    """A receiver need not keep snapshots; without the entry before, `kept` says what is missing."""
    first, second, third = entries_of()
    thinned = thin(second, first.case)
    assert thinned.kept
    snapshots = Snapshots()
    assert snapshots.whole(first) == first
    whole = snapshots.whole(thinned)
    assert (whole.case, whole.kept) == (second.case, ())
    assert Snapshots().whole(thinned) == thinned
    assert snapshots.whole(third) == third


def test_only_the_newest_snapshots_are_kept_in_memory() -> None:
    """The case that was seen longest ago is dropped first."""
    snapshots = Snapshots(limit=1)
    first, second, _ = entries_of("a")
    snapshots.whole(first)
    snapshots.whole(entries_of("b")[0])
    assert snapshots.whole(thin(second, first.case)).kept


def test_every_taker_gets_every_entry_and_bad_records_are_skipped(tmp_path: Path) -> None:
    """The sink keeps records that nobody can read."""
    takers = Taker(), Taker()
    values = [CASES.record(entry).value for entry in entries_of()]
    assert reader(tmp_path, *takers).take([b"{", *values]) == 6
    assert [entry.seq for entry in takers[1].entries] == [1, 2, 3]


def test_what_the_broker_has_lost_comes_from_the_store(tmp_path: Path) -> None:
    """The last entry of each case that changed since the newest one that was read."""
    entry = entries_of()[-1]
    case = {"id": str(entry.case_id), "seq": entry.seq, "body": entry.case.model_dump_json()}
    row = entry.model_dump(mode="json", include={"move", "at", "state", "cause", "channel"})
    row |= {"id": case["id"], "case_event_id": str(entry.case_event_id), "actor": entry.actor}
    row |= {"reason": entry.reason, "data": "{}", "words": "", "handed_before": False}
    row |= {"unit_before": "U-T", "accept_before": None}
    taker = Taker(read_to=1.0)
    assert reader(tmp_path, taker, rows=[[case], [row]]).recover() == 1
    assert taker.entries[0].case == entry.case
    assert taker.entries[0].case_event_id == entry.case_event_id


def test_nothing_is_recovered_before_anything_was_read(tmp_path: Path) -> None:
    """The first start begins with the topic."""
    assert reader(tmp_path, Taker(), rows=[]).recover() == 0
