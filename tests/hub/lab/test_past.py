"""The weeks before the demo: a history as a hub would have written it."""

from datetime import UTC, datetime

import pytest

from hub.lab.simulate import past
from hub.lab.simulate.past_ratings import past_ratings
from hub.security.credentials import load_or_create_credentials
from hub.security.sealing import Sealer
from hub.settings import Settings
from hub.town.patrols import load_patrols
from hub.town.registers import load_town
from schemas.cases.case import CaseEvent, Move
from schemas.cases.queue import queue_of
from schemas.reports.receipt import Disposition
from schemas.topic import CASES, DISPOSITIONS, EVENTS
from streams.town.register import Register


def test_the_history_has_everything_that_figures_need(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries have no gaps, every event is decided, cases are answered, rated and open."""
    monkeypatch.setattr(past, "DAYS", 4)
    monkeypatch.setattr(past, "WORKDAY", 20)
    settings = Settings(data=tmp_path_factory.mktemp("past"))
    bodies = past.make_past(
        Register.of(load_town(settings.town)),
        load_patrols(settings.town),
        Sealer(b"k" * 32),
        load_or_create_credentials(settings),
        datetime(2026, 11, 26, 4, tzinfo=UTC),
        7,
    )
    entries = [body for body in bodies[CASES.name] if isinstance(body, CaseEvent)]
    numbers: dict[object, list[int]] = {}
    for entry in entries:
        numbers.setdefault(entry.case_id, []).append(entry.seq)
    assert all(seqs == list(range(1, len(seqs) + 1)) for seqs in numbers.values())
    decided = {body.event_id for body in bodies[DISPOSITIONS.name] if isinstance(body, Disposition)}
    assert decided == {event.event_id for event in bodies[EVENTS.name]}  # type: ignore[attr-defined]
    moves = {entry.move for entry in entries}
    assert {Move.ACCEPT, Move.RESOLVE, Move.FEED_BACK, Move.EVALUATE} <= moves
    last = {entry.case_id: entry.case for entry in entries}.values()
    assert any(queue_of(case) for case in last)
    assert max(entry.at for entry in entries) <= datetime(2026, 11, 26, 4, tzinfo=UTC)


def test_townships_rate_the_departments_that_they_called(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most whistles of settled cases are rated, each once, and nothing else is."""
    monkeypatch.setattr(past, "DAYS", 6)
    monkeypatch.setattr(past, "WORKDAY", 30)
    monkeypatch.setattr(past, "WHISTLED", 1.0)
    settings = Settings(data=tmp_path_factory.mktemp("rated"))
    register, end = Register.of(load_town(settings.town)), datetime(2026, 11, 26, 4, tzinfo=UTC)
    bodies = past.make_past(
        register,
        load_patrols(settings.town),
        Sealer(b"k" * 32),
        load_or_create_credentials(settings),
        end,
        7,
    )
    entries = [body for body in bodies[CASES.name] if isinstance(body, CaseEvent)]
    whistles = [entry for entry in entries if entry.data.get("asked_by")]
    assert {Move.WHISTLE, Move.ARRIVE} <= {entry.move for entry in entries}
    rows = past_ratings(entries, register, Sealer(b"k" * 32), end, 7)
    assert 0 < len(rows) < len(whistles)
    assert len({row[2] for row in rows}) == len(rows)
