"""Builds a case to which a unit of the township had called a department."""

from datetime import UTC, datetime, timedelta

from hub.security.keyring import write_keys
from hub.settings import Settings
from hub.store.client import Store
from schemas.cases.case import Case, Move
from schemas.cases.command import Role
from schemas.topic import CASES
from tests.builders.commands import ask, refusal
from tests.builders.fortnight import sealed_report
from tests.builders.stored import keep
from tests.hub.workbench.search.test_search import case_of, fill

KEY = b"k" * 32
"""The key with which `sealed_report` seals."""
LAMP = "幸福小区门口的路灯不亮已经三天了"
TO_SETTLED = (Move.ACCEPT, Move.WHISTLE, Move.ARRIVE, Move.RESOLVE)
RATINGS = "SELECT unit, in_time, solved, grade, version FROM township_ratings"


def whistled_case(
    store: Store, moves: tuple[Move, ...] = TO_SETTLED, *, confidential: bool = False
) -> Case:
    """Store a case of 城管所 (U-T), to which it called 城管局 (U-C), and return it.

    It began two days ago, with an hour between two moves.
    """
    at = datetime.now(UTC) - timedelta(days=2)
    state = fill(store, sealed_report(1, at, content=LAMP, confidential=confidential))
    fields = {
        Move.WHISTLE: {"data": {"kind": "general", "units": ["U-C"]}},
        Move.ARRIVE: {"role": Role.UNIT, "unit": "U-C", "actor": "U-C"},
    }
    for move in moves:
        at += timedelta(hours=1)
        more = {"reason": "请到场，已换灯泡", **fields.get(move, {})}
        effects = ask(state, case_of(state, "n1"), move, at, **more)
        assert not refusal(effects)
        keep(store, CASES.name, *effects.case_events)
    return case_of(state, "n1")


def give_key(settings: Settings) -> None:
    """Write the key file of the pages."""
    write_keys(settings, (KEY,))


def whistle_seq(case: Case) -> str:
    """Return the number of the entry that called the department: the third before the last."""
    return str(case.seq - 2)


def form(case: Case, **more: str) -> dict[str, str]:
    """Return a form that rates the department of a case; `more` replaces fields."""
    return {
        "case": str(case.case_id),
        "seq": whistle_seq(case),
        "unit": "U-C",
        "in_time": "yes",
        "solved": "no",
        "grade": "poor",
        **more,
    }
