"""The pairs: which are shown, in which order, with which reasons, and what an answer sends."""

import json
import re
from pathlib import Path
from uuid import UUID

from hub.accounts.staff import StaffRole
from hub.store.client import Store
from hub.workbench.pairs.view import Suggestion, pairs_of, suggestions_of
from schemas.cases.case import CaseEvent, Move
from schemas.reports.fact import Urgency
from schemas.topic import CASES
from streams.case.merge import Cause, keep_apart
from tests.builders.stored import keep
from tests.builders.town import NOON
from tests.hub.store.views.test_suggestions import opened, suggest
from tests.hub.workbench.site import Site, latin_words, serve


def filled(store: Store) -> tuple[str, str, str]:
    """Store a case with three suggestions, one of them kept apart; return the ids that are left.

    The first of the three ids is the case that asks, then the urgent one, then the likely one.
    """
    likely, urgent, other, asking = (
        opened("a"),
        opened("b", Urgency.URGENT),
        opened("c"),
        opened("d"),
    )
    cases = [entries[-1].case for entries in (likely, urgent, other)]
    asked = suggest(
        asking[-1].case,
        *((case, score) for case, score in zip(cases, (0.95, 0.5, 0.3), strict=True)),
    )
    why = Cause(asked.cause, NOON, "值班员", "两处")
    entries: list[CaseEvent] = [*likely, *urgent, *other, *asking, asked]
    keep(store, CASES.name, *entries, *keep_apart(asked.case, cases[2], why))
    return str(asked.case_id), str(cases[1].case_id), str(cases[0].case_id)


def shown(page: str) -> list[set[str]]:
    """Return the two ids of each pair on a page."""
    return [set(pair.split()) for pair in re.findall(r'data-pair="([^"]+)"', page)]


def test_the_most_useful_pair_comes_first(store: Store, tmp_path: Path) -> None:
    """An urgent pair is worth more than a likelier one; a pair that was kept apart is gone."""
    asking, urgent, likely = filled(store)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page("/work/pairs")
        assert shown(page) == [{asking, urgent}, {asking, likely}]
        assert latin_words(page) == []
        assert "很可能是同一件" in page
        assert "0.95" not in page
        assert shown(await site.page(f"/work/pairs?case={urgent}")) == []
        assert len(shown(await site.page(f"/work/pairs?case={asking}"))) == 2
        await site.page("/work/pairs?case=x", 400)

    serve(store, tmp_path, talk)


def test_an_answer_is_a_command_for_the_older_case(store: Store, tmp_path: Path) -> None:
    """同一件 merges the newer case into the older one, 不是 keeps them apart, with a reason."""
    filled(store)

    async def talk(site: Site) -> None:
        await site.log_in("张主任", StaffRole.CITY)
        page = await site.page("/work/pairs")
        forms = re.findall(
            r'<form method="post" action="/work/commands".*?</form>', page, re.DOTALL
        )
        for form, move in zip(forms[:2], (Move.MERGE, Move.KEEP_APART), strict=True):
            fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
            assert (await site.send("/work/commands", **fields)).status == 303
            command = site.commands.received[-1]
            assert (command.move, command.case_id) == (move, UUID(fields["case"]))
            assert command.data == {"case": fields["other"]}
            assert command.reason

    serve(store, tmp_path, talk)


def test_only_dispatchers_decide_pairs(store: Store, tmp_path: Path) -> None:
    """A unit is refused; a township sees pairs of its own area only."""
    filled(store)

    async def talk(site: Site) -> None:
        await site.log_in("所长", StaffRole.UNIT, "U-T")
        await site.page("/work/pairs", 403)
        await site.log_in("镇长", StaffRole.TOWNSHIP, "U-T")
        assert len(shown(await site.page("/work/pairs"))) == 2

    serve(store, tmp_path, talk)


def row(number: int, state: str = "assigned", **more: object) -> dict[str, object]:
    """Return a row of a case."""
    fields = {
        "case_id": str(UUID(int=number)),
        "state": state,
        "title": f"第{number}件",
        "content": "内容",
        "category": "",
        "place_name": "",
        "unit": "",
        "reports": 1,
        "channels": [],
        "urgency": "ordinary",
        "opened_at": f"2026-03-0{number} 12:00:00.000",
        "confidential": False,
        "suggested": [],
        "merged_into": None,
        "lon": None,
        "lat": None,
    }
    return fields | more


def test_a_merged_case_stands_for_the_case_that_has_its_reports() -> None:
    """A suggestion follows merges; a settled or unknown case gives no pair, nor does a circle."""
    asking = row(3, suggested=[str(UUID(int=number)) for number in (1, 4, 5, 6, 3)])
    others = [
        row(1, "merged", merged_into=str(UUID(int=2))),
        row(2, content="很长" * 400, lon=114.9, lat=30.0),
        row(4, "resolved"),
        row(6, "merged", merged_into=str(UUID(int=6))),
        asking,
    ]
    suggestions = {(str(UUID(int=3)), str(UUID(int=1))): Suggestion(0.7, "", {})}
    (pair,) = pairs_of([asking], {str(r["case_id"]): r for r in others}, suggestions, {})
    assert (pair.older.title, pair.newer.title) == ("第2件", "第3件")
    assert pair.chance == "多半是同一件，相隔1天"
    assert len(pair.older.content) == 400


def test_a_confidential_case_shows_no_text() -> None:
    """Its pair can be decided, by what is not confidential."""
    secret = row(1, confidential=True, title="", content="", lon=114.9, lat=30.0)
    asking = row(2, suggested=[str(UUID(int=1))], lon=114.9, lat=30.001)
    (pair,) = pairs_of([asking], {str(r["case_id"]): r for r in (secret, asking)}, {}, {})
    assert (pair.older.title, pair.older.content) == ("保密件", "")
    assert pair.chance == "不太像同一件，相隔1天，相距约111米"


def test_the_newest_entry_about_a_pair_counts() -> None:
    """An entry names several cases; a later entry about the same pair replaces it."""
    first_id, second_id = str(UUID(int=1)), str(UUID(int=2))
    first = {"case_id": first_id, "score": 0.4, "others": [{"case_id": second_id, "score": 0.2}]}
    second = {"case_id": second_id, "score": 0.8, "barred": "b"}
    texts = (json.dumps(first), json.dumps(second), "")
    entries = [{"case_id": "x", "data": text} for text in texts]
    suggestions = suggestions_of(entries)
    assert {key[1]: value.score for key, value in suggestions.items()} == {
        first_id: 0.4,
        second_id: 0.8,
    }
