"""Runs a search 查找: each reading of what was typed becomes a group of cases."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from hub.accounts.permissions import Scope
from hub.workbench.search.query import (
    BY_AREA,
    BY_ID,
    BY_NUMBER,
    BY_UNIT,
    CASES_OF_EVENTS,
    MASKED_REPORTERS,
    MOST_EVENTS,
    WINDOWS,
    KeyColumn,
    cases_query,
    reporter_query,
    words_query,
)
from hub.workbench.search.typed import Typed

SHOWN = 30
"""Cases of a group; one more says that the group goes on."""
ENOUGH_EVENTS = 40
MOST_NAMESAKES = 6
"""Persons of one name whose cases are shown, those with the newest reports."""
REPEATED_CASES = 3
"""Cases from which on a person is marked as one who asks again and again 反复诉求."""
MOST_MERGES = 5
"""Merges after each other that a search follows."""
Rows = Callable[[str, dict[str, Any]], Awaitable[list[dict[str, Any]]]]


class Kind(StrEnum):
    """The readings of what was typed."""

    NUMBER = "number"
    PERSON = "person"
    NAMESAKES = "namesakes"
    WORDS = "words"
    DAY = "day"
    UNIT = "unit"
    AREA = "area"


KIND_NAMES = {
    Kind.NUMBER: "事项号",
    Kind.PERSON: "同一诉求人",
    Kind.NAMESAKES: "同名诉求人",
    Kind.WORDS: "词语和渠道编号",
    Kind.DAY: "收件日期",
    Kind.UNIT: "承办单位",
    Kind.AREA: "区域",
}


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one reading, the newest first; `about` says how the text was read."""

    kind: Kind
    about: str
    cases: list[dict[str, Any]]
    goes_on: bool


async def search(rows: Rows, typed: Typed, scope: Scope) -> list[Group]:
    """Return the groups that have cases; the case that a number names comes first."""
    groups = []
    if typed.number is not None:
        by_number = {"number": str(typed.number), "city": typed.number.city}
        about = str(typed.number)
        groups.append(await _cases(rows, Kind.NUMBER, about, BY_NUMBER, by_number, scope))
    if typed.case_id:
        by_id = {"ids": [typed.case_id]}
        groups.append(await _cases(rows, Kind.NUMBER, typed.case_id, BY_ID, by_id, scope))
    if typed.words or typed.day:
        groups.append(await _by_words(rows, typed, scope))
    if typed.units:
        codes = {"units": [unit.code for unit in typed.units]}
        about = "、".join(unit.name for unit in typed.units)
        groups.append(await _cases(rows, Kind.UNIT, about, BY_UNIT, codes, scope))
    if typed.areas:
        codes = {"areas": [area.code for area in typed.areas]}
        about = "、".join(area.name for area in typed.areas)
        groups.append(await _cases(rows, Kind.AREA, about, BY_AREA, codes, scope))
    return [group for group in groups if group.cases]


async def cases_of_reporter(rows: Rows, keys: list[str], about: str, scope: Scope) -> Group:
    """Return the cases with a report of a person; `keys` are keyed hashes of what identifies him.

    The caller has audited the look-up.
    """
    events = await rows(*reporter_query(keys, scope)) if keys else []
    group = await cases_of_events(rows, Kind.PERSON, about, events, scope)
    return _with_counts(group, events, is_cut=len(events) >= MOST_EVENTS)


async def cases_of_namesakes(rows: Rows, name_key: str, scope: Scope) -> list[Group]:
    """Return the cases of each person of a name; `about` is his newest masked contact.

    Reports by one phone number, ID number or account are those of one person. Reports without any
    are a group of their own. The caller has audited the look-up.
    """
    events = await rows(*reporter_query([name_key], scope, KeyColumn.NAME))
    by_person: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        by_person.setdefault(event["reporter_key"], []).append(event)
    shown = list(by_person.values())[:MOST_NAMESAKES]
    newest = [str(person[0]["event_id"]) for person in shown]
    masked = await rows(MASKED_REPORTERS, {"ids": newest}) if newest else []
    about = {str(row["event_id"]): row["reporter_masked"] for row in masked}
    is_cut = len(events) >= MOST_EVENTS
    groups = []
    for event_id, person in zip(newest, shown, strict=True):
        masked_contact = about.get(event_id, "")
        group = await cases_of_events(rows, Kind.NAMESAKES, masked_contact, person, scope)
        groups.append(_with_counts(group, person, is_cut=is_cut))
    return [group for group in groups if group.cases]


def _with_counts(group: Group, events: list[dict[str, Any]], *, is_cut: bool) -> Group:
    """Return the cases of a person with how often he wrote, and whether again and again 反复诉求.

    With `is_cut`, there may be more events than these. An event that is stored twice counts once.
    """
    times = len({event["event_id"] for event in events})
    counts = [group.about, f"来件{times}次以上" if is_cut else f"来件{times}次"]
    if len(group.cases) >= REPEATED_CASES and all(event["reporter_key"] for event in events):
        counts.append("反复诉求")
    return replace(group, about="，".join(part for part in counts if part))


async def _by_words(rows: Rows, typed: Typed, scope: Scope) -> Group:
    events: list[dict[str, Any]] = []
    for window in WINDOWS:
        events += await rows(*words_query(typed.words, typed.day, scope, window))
        if typed.day is not None or len(events) >= ENOUGH_EVENTS:
            break
    kind = Kind.WORDS if typed.words else Kind.DAY
    return await cases_of_events(rows, kind, typed.text, events[:MOST_EVENTS], scope)


async def cases_of_events(
    rows: Rows, kind: Kind, about: str, events: list[dict[str, Any]], scope: Scope
) -> Group:
    """Return the cases that events belong to; a merged case is replaced by the one that has it."""
    if not events:
        return Group(kind, about, [], goes_on=False)
    ids = {"ids": [event["event_id"] for event in events]}
    asked = {row["case_id"] for row in await rows(CASES_OF_EVENTS, ids)}
    cases: dict[str, dict[str, Any]] = {}
    # A merged case only leads on, so it may be outside the scope.
    scope = Scope(f"({scope.sql}) OR state = 'merged'", scope.parameters)
    for _ in range(MOST_MERGES):
        by_id = {"ids": sorted(asked)}
        group = await _cases(rows, kind, about, BY_ID, by_id, scope, size=MOST_EVENTS)
        cases |= {case["case_id"]: case for case in group.cases if not case["merged_into"]}
        asked = {case["merged_into"] for case in group.cases if case["merged_into"]} - cases.keys()
        if not asked:
            break
    newest = sorted(cases.values(), key=lambda case: case["opened_at"], reverse=True)
    goes_on = len(newest) > SHOWN or len(events) >= MOST_EVENTS
    return Group(kind, about, newest[:SHOWN], goes_on)


async def _cases(
    rows: Rows,
    kind: Kind,
    about: str,
    condition: str,
    parameters: dict[str, Any],
    scope: Scope,
    *,
    size: int = SHOWN,
) -> Group:
    cases = await rows(*cases_query(condition, scope, parameters, size + 1))
    return Group(kind, about, cases[:size], goes_on=len(cases) > size)
