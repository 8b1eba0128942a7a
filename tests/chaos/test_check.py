"""The chaos check detects each kind of fault; a seed fixes the schedule."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from schemas.cases.case import Move
from schemas.cases.command import Command, Role
from schemas.reports.receipt import Disposition, Outcome
from tests.chaos.check import Stored, judge
from tests.chaos.follow import Observed, SentCommand
from tests.chaos.load import Ledger
from tests.chaos.plan import FaultKind, draw
from tests.chaos.proxy import Link
from tests.chaos.watch import Held, leaks
from tests.integration.parts import free_port

CASE, COMMAND = UUID(int=1), UUID(int=2)
ENTRIES = {1: ("open", "e1"), 2: ("assign", "e1"), 3: ("accept", str(COMMAND))}


def stored(**more: Any) -> Stored:
    """Return a store that has every acknowledged record."""
    complete = Stored(
        receipts={"r1": (["e1"], []), "r2": ([], ["x1"])},
        events={"e1": ("hotline_12345", "W1", "report")},
        dispositions={"e1": []},
        rejected=frozenset({"x1"}),
        cases={str(CASE): (3, ["hotline_12345/W1"])},
        entries={str(CASE): ENTRIES},
        outcomes=frozenset({str(COMMAND)}),
        faults=[],
        doubled=[],
    )
    return replace(complete, **more)


def observed(*entries: tuple[int, str, str]) -> Observed:
    """Return what a subscriber read; without `entries`, all entries in order."""
    complete = [(number, move, cause) for number, (move, cause) in ENTRIES.items()]
    command = Command(
        command_id=COMMAND,
        case_id=CASE,
        move=Move.ACCEPT,
        actor="u",
        role=Role.UNIT,
        unit="u",
        issued_at=datetime.now(UTC),
    )
    return Observed(
        entries={CASE: list(entries) or complete},
        commands={COMMAND: SentCommand(command)},
        answered={COMMAND: {(True, 3)}},
    )


def ledger() -> Ledger:
    """Return the acknowledged messages: a report and a damaged one."""
    return Ledger({"r1": False, "r2": True}, {("hotline_12345", "W1")})


def test_a_complete_store_gives_a_clean_verdict() -> None:
    """A complete store gives a clean verdict, and the last line shows zeros."""
    verdict = judge(ledger(), observed(), stored())
    assert verdict.clean, verdict.details()
    assert verdict.line(7) == "lost=0 duplicated=0 reordered=0 stuck=0 kills=7"


OPEN, ASSIGN, ACCEPT = ((number, *ENTRIES[number]) for number in ENTRIES)
OTHER = str(UUID(int=9))


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("lost", {"receipts": {"r2": ([], ["x1"])}}),
        ("lost", {"receipts": {"r1": (["e1", "e2"], []), "r2": ([], ["x1"])}}),
        ("lost", {"receipts": {"r1": (["e1"], []), "r2": ([], [])}}),
        ("lost", {"rejected": frozenset()}),
        ("lost", {"events": {}}),
        ("lost", {"entries": {str(CASE): {1: ENTRIES[1], 3: ENTRIES[3]}}}),
        ("lost", {"cases": {}}),
        ("lost", {"outcomes": frozenset()}),
        ("lost", {"faults": ["a record"]}),
        ("lost", {"entries": {str(CASE): {**ENTRIES, 4: ("resolve", "c")}}}),
        ("stuck", {"dispositions": {}}),
        ("stuck", {"entries": {str(CASE): {**ENTRIES, 4: ("resolve", "c")}}}),
        ("duplicated", {"doubled": ["events: 1"]}),
        ("duplicated", {"cases": {str(CASE): (3, ["a/1"]), OTHER: (0, ["a/1"])}}),
        ("duplicated", {"entries": {str(CASE): {**ENTRIES, 2: ("suggest", "e1")}}}),
        ("duplicated", {"entries": {str(CASE): {**ENTRIES, 4: ENTRIES[3]}}}),
    ],
)
def test_each_fault_of_the_store_is_reported(kind: str, change: dict[str, Any]) -> None:
    """A missing, double or undecided row of the store is a fault of its kind."""
    assert getattr(judge(ledger(), observed(), stored(**change)), kind)


@pytest.mark.parametrize(
    ("kind", "entries"),
    [
        ("reordered", [ASSIGN, OPEN, ACCEPT]),
        ("reordered", [OPEN, ACCEPT]),
        ("lost", [OPEN, ASSIGN]),
        ("duplicated", [OPEN, ASSIGN, (2, "suggest", "e1"), ACCEPT]),
        ("lost", [OPEN, ASSIGN, ACCEPT, (4, "resolve", "c")]),
    ],
)
def test_each_fault_of_a_subscription_is_reported(
    kind: str, entries: list[tuple[int, str, str]]
) -> None:
    """Entries out of order, missing, contradictory or never stored are faults."""
    assert getattr(judge(ledger(), observed(*entries), stored()), kind)


def test_a_command_without_an_answer_is_stuck() -> None:
    """A command without an answer is reported as stuck."""
    silent = observed()
    silent.answered.clear()
    assert judge(ledger(), silent, stored()).stuck


def test_two_decisions_of_an_event_are_reported() -> None:
    """Two dispositions of an event are a fault, unless the first was `orphaned`."""
    hears = observed()

    def record(event: int, outcome: Outcome, case: UUID | None) -> None:
        hears.decide(
            Disposition(
                event_id=UUID(int=event),
                receipt_id=CASE,
                channel="",
                route="",
                outcome=outcome,
                case_id=case,
                at=datetime.now(UTC),
            )
        )

    record(1, Outcome.ORPHANED, None)
    record(1, Outcome.FOLLOWED, CASE)
    record(2, Outcome.OPENED, CASE)
    record(2, Outcome.OPENED, CASE)
    assert judge(ledger(), hears, stored()).clean
    record(2, Outcome.MERGED, UUID(int=3))
    assert judge(ledger(), hears, stored()).duplicated


def test_a_seed_fixes_the_faults() -> None:
    """A seed fixes the faults; only existing targets are hit."""
    targets = {FaultKind.KILL: ("a", "b"), FaultKind.CUT: ("l",), FaultKind.CLOCK: ()}
    first = draw(4, 600, targets)
    assert first == draw(4, 600, targets) != draw(5, 600, targets)
    assert {fault.kind for fault in first} == {FaultKind.KILL, FaultKind.CUT}
    assert all(0 < fault.at < 600 for fault in first)


def test_a_link_forwards_is_silent_and_is_cut() -> None:
    """Bytes sent during a silence arrive after it; a cut closes both ends."""

    async def scenario() -> None:
        async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while chunk := await reader.read(100):
                writer.write(chunk)
            writer.close()

        link = Link(free_port(), free_port())
        server = await asyncio.start_server(echo, "127.0.0.1", link.target)
        await link.start()
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        link.silence(silent=True)
        writer.write(b"two")
        received = asyncio.create_task(reader.readexactly(3))
        await asyncio.wait([received], timeout=0.1)
        assert not received.done()
        link.silence(silent=False)
        assert await received == b"two"
        link.cut()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        writer.close()
        await link.close()
        server.close()

    asyncio.run(scenario())


def test_growing_resources_are_reported() -> None:
    """Growing numbers of files and threads are reported; memory is not judged."""
    calm = [Held(100.0 + n, 20, 5) for n in range(40)]
    leaking = [Held(100.0, 20 + n, 5 + n // 2) for n in range(40)]
    assert list(leaks({"work": calm})) == []
    assert list(leaks({"sink": leaking})) == [
        "sink held 34 files once warm, 54 at last",
        "sink held 12 threads once warm, 22 at last",
    ]


def test_a_pool_that_fills_once_is_no_leak() -> None:
    """Growth in the first quarter that then stops is not reported."""
    filling = [Held(100.0, min(500, 20 + 60 * n), min(178, 40 + 20 * n)) for n in range(40)]
    assert list(leaks({"serve": filling})) == []


def test_files_that_come_and_go_are_no_leak() -> None:
    """Short peaks of open files are not reported; steady growth is."""
    merging = [Held(100.0, 500 + (60 if n % 5 == 0 else 0) + n // 2, 168) for n in range(40)]
    assert list(leaks({"serve": merging})) == []
    leaking = [Held(100.0, held.files + 8 * n, 168) for n, held in enumerate(merging)]
    assert list(leaks({"serve": leaking})) == ["serve held 640 files once warm, 810 at last"]
