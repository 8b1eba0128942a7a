"""What an auditor should look at first: by numbers, and by visits that nobody reported."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from hub.store.client import Store
from hub.workbench.register_pages.query import MEMBERS, NOT_VISITED
from hub.workbench.register_pages.unusual import unusual
from tests.hub.workbench.register_pages.office import code

QUIET = {
    "looks": 4,
    "misses": 0,
    "refused": 0,
    "at_night": 0,
    "same_words": 0,
    "not_visited": 0,
}
NOW = datetime.now(UTC)
AUDIT = ("at", "who", "role", "unit", "what", "detail", "address")


def row(who: str, **numbers: int) -> Mapping[str, object]:
    """Return the numbers of a member."""
    return {"who": who, **QUIET, **numbers}


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        ({"looks": 12}, "中位数"),
        ({"misses": 3}, "试号码"),
        ({"refused": 1}, "被拒绝"),
        ({"at_night": 1}, "夜间"),
        ({"same_words": 5}, "总是相同"),
        ({"not_visited": 3}, "没有走访记录"),
    ],
)
def test_each_sign_has_its_words(numbers: dict[str, int], words: str) -> None:
    """Beside members with usual numbers, of whom nothing is said."""
    reasons = unusual([row("甲"), row("乙"), row("丙", **numbers)])
    assert reasons["甲"] == reasons["乙"] == []
    (reason,) = reasons["丙"]
    assert words in reason


def test_another_role_hides_nothing() -> None:
    """A member who changed his role has a row for each; what is unusual stays with his name."""
    reasons = unusual([row("甲", misses=3), row("甲", refused=1), row("甲")])
    assert len(reasons["甲"]) == 2


def test_nobody_looked() -> None:
    """Without any look there is nothing to say."""
    assert unusual([]) == {}


def test_a_look_for_a_visit_expects_the_visit(store: Store) -> None:
    """Within a week after it; a look of this week may still be followed by one."""
    looks = [
        ("甲", code(1), 10, "visit"),
        ("甲", code(2), 10, "visit"),
        ("乙", code(2), 2, "visit"),
        ("丙", code(2), 10, "other"),
    ]
    lines = [
        [
            NOW - timedelta(days=days),
            who,
            "city",
            "",
            "register_look",
            f"people {person[:18]} grid=G1 class=none purpose={purpose} ",
            "",
        ]
        for who, person, days, purpose in looks
    ]
    store.insert("audit", AUDIT, lines)
    visit = [code(1), NOW - timedelta(days=8), "W1", "00000000-0000-0000-0000-000000000001"]
    store.insert("person_visits", ("person", "at", "worker", "event_id"), [visit])
    assert store.rows(NOT_VISITED) == [("甲", 1)]


def test_only_looks_at_people_count(store: Store) -> None:
    """`hub registers show` opens firms and premises too, whose looks are in the audit."""
    details = ("premises P2: 核实消火栓位置", f"people {code(1)[:18]}: 核实走访情况")
    lines = [[NOW, "root", "operator", "", "register_look", text, ""] for text in details]
    store.insert("audit", AUDIT, lines)
    ((who, role, looks, *_),) = store.rows(MEMBERS)
    assert (who, role, looks) == ("root", "operator", 1)
