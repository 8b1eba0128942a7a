"""What a city publishes, counted over a store: the same as by hand, and nothing else."""

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from pydantic import ValidationError

from hub.province.figures import city_code, city_figures
from hub.province.queries import RATES, RATES_BY_DISTRICT
from hub.store.client import Store
from hub.store.json_rows import json_rows
from schemas.base import BEIJING
from schemas.cases.case import OPEN_STATES, Case
from schemas.category import CATEGORIES, FAMILY_NAMES
from schemas.province import DAYS, CityFigures, Hidden
from schemas.topic import EVENTS
from schemas.town.register import Area
from schemas.town.town import Town
from streams.town.register import Register
from tests.builders.fortnight import SECRET
from tests.builders.stored import keep
from tests.builders.town import NOON, REGISTER, TOWN, event
from tests.hub.province.builders import document

REVIEWED = {
    *("version", "city", "at", "smallest", "districts", "days"),
    *("reports_by_district", "reports_by_family"),
    *("open_by_district", "open_by_family", "open_by_state"),
    *("overdue", "on_time", "on_time_by_district", "solved", "satisfied"),
}
"""Every field that leaves a city. A new one needs a review: decision 0048."""


def figures_of(store: Store, now: datetime | None = None, smallest: int = 5) -> CityFigures:
    """Return the figures of the test's town."""
    rows = partial(json_rows, store)
    return city_figures(rows, REGISTER, now or datetime.now(UTC), smallest)


def test_only_reviewed_fields_leave() -> None:
    """The list of fields is fixed; nested ones have a code, a name of a district, and counts."""
    assert set(CityFigures.model_fields) == REVIEWED


def test_reports_and_open_cases_are_counted(store: Store, cases: list[Case]) -> None:
    """24 reports of a fortnight: by district and family as their places and categories say."""
    known = figures_of(store)
    families = {row.key: row.count for row in known.reports_by_family.rows}
    assert families == {"facility": 12, "environment": 6, "other": 6}
    districts = {row.key: row.count for row in known.reports_by_district.rows}
    assert districts == {"421299": 18, "unknown": 6}
    unfinished = [case for case in cases if case.state in OPEN_STATES]
    assert known.open_by_state.total == len(unfinished)
    states = Counter(str(case.state) for case in unfinished)
    assert all(states[row.key] == row.count for row in known.open_by_state.rows)
    assert known.overdue.whole == len(unfinished)


def test_no_word_of_a_case_leaves(store: Store, cases: list[Case]) -> None:
    """The document has no text, place, unit or id of a case, and no grid."""
    text = figures_of(store).model_dump_json()
    assert cases
    for case in cases:
        unit = case.assignment.unit if case.assignment else ""
        for secret in (str(case.case_id), case.title, case.content, case.place_name, unit):
            assert not secret or secret not in text
    for secret in (SECRET, "路灯", "幸福小区", "421299001", "U-V", "G1"):
        assert secret not in text


def test_days_are_complete_days_in_beijing(store: Store) -> None:
    """Today is left out; seven reports at 23:59 in Beijing belong to that day, rounded."""
    now = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    late = datetime(2026, 3, 1, 23, 59, tzinfo=BEIJING)
    reports = [event(f"late{number}") for number in range(7)]
    today = [event(f"today{number}") for number in range(9)]
    keep(
        store,
        EVENTS.name,
        *(report.model_copy(update={"received_at": late}) for report in reports),
        *(report.model_copy(update={"received_at": now}) for report in today),
    )
    known = figures_of(store, now)
    assert len(known.days) == DAYS
    assert known.days[-1].day == date(2026, 3, 1)
    assert known.days[-1].reports == 5
    assert known.reports_by_district.total == 7


def test_few_reports_are_hidden_in_every_table(store: Store) -> None:
    """Four reports of a month are `few` everywhere, and the days round to nothing."""
    now = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
    for number in range(4):
        report = event(f"n{number}")
        keep(
            store,
            EVENTS.name,
            report.model_copy(update={"received_at": now - timedelta(days=number + 1)}),
        )
    known = figures_of(store, now)
    assert known.reports_by_district.total is known.reports_by_family.total is Hidden.FEW
    assert {entry.reports for entry in known.days} == {0}


def test_an_empty_store_has_zeros(store: Store) -> None:
    """A hub on its first day publishes a document without rows."""
    known = figures_of(store)
    assert known.reports_by_district.total == known.open_by_state.total == 0
    assert known.on_time.whole == known.satisfied.part == 0


def test_a_city_raises_the_minimum(store: Store, cases: list[Case]) -> None:
    """With a minimum of 10 the families of six reports are counted together."""
    known = figures_of(store, smallest=10)
    assert cases
    assert {row.key for row in known.reports_by_family.rows} == {"facility"}
    assert known.reports_by_family.other == 12
    assert known.smallest == 10


def test_the_city_is_its_county_or_the_city_of_its_counties() -> None:
    """One county has its own code; several counties that of their city."""
    assert city_code(REGISTER) == "421299"
    more = (*TOWN.areas, Area(code="421202", name="区"))
    several = Register.of(Town.model_validate(TOWN.model_dump() | {"areas": more}))
    assert city_code(several) == "421200"


def test_a_name_of_a_district_loses_signs_that_no_document_has() -> None:
    """A city that has typed markup or a list into its register still publishes."""
    areas = (Area(code="421299", name="<b>甲区</b>、乙区, 丙 镇"),)
    town = Register.of(Town.model_validate(TOWN.model_dump() | {"areas": areas}))
    known = city_figures(lambda *_: [], town, NOON, 5)
    assert known.districts[0].name == "b甲区b乙区丙镇"


def test_every_family_has_a_name() -> None:
    """A new family of categories gets its Chinese name."""
    assert {leaf.family for leaf in CATEGORIES.values()} == set(FAMILY_NAMES)


@pytest.mark.parametrize(
    "broken",
    [
        {"overdue": {"whole": 60, "part": 3}},
        {"open_by_state": {"rows": [{"key": "handling", "count": 4}], "other": 0}},
        {"open_by_state": {"rows": [{"key": "handling", "count": 40}], "other": "few"}},
        {"overdue": {"whole": 60, "part": 61}},
        {"overdue": {"whole": 60, "part": "6"}},
        {"overdue": {"whole": True, "part": False}},
        {"smallest": 1},
        {"days": [{"day": "2026-11-02", "reports": 10, "settled": 10}] * 2},
        {"days": [{"day": "2026-11-02", "reports": 3, "settled": 10}]},
    ],
)
def test_a_document_that_breaks_the_rules_is_refused(broken: dict[str, object]) -> None:
    """Counts below the minimum, parts above their whole, other types, days twice."""
    with pytest.raises(ValidationError):
        CityFigures.model_validate_json(json.dumps(document(**broken)))
    assert CityFigures.model_validate_json(json.dumps(document()))


def test_what_was_settled_in_time_is_known_by_district(store: Store) -> None:
    """60 of the county's 75 were in time; places outside the city are never listed."""
    now = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
    rows = [
        {"district": "421299", "occasions": 75, "well": 60},
        {"district": "421281", "occasions": 90, "well": 80},
    ]

    def run(sql: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        return rows if sql == RATES_BY_DISTRICT else json_rows(store, sql, parameters)

    (rate,) = city_figures(run, REGISTER, now, 5).on_time_by_district
    assert (rate.code, rate.percent) == ("421299", 80)
    rows[0]["well"] = 73
    assert city_figures(run, REGISTER, now, 5).on_time_by_district == ()


def test_the_store_answers_by_district(store: Store) -> None:
    """The query gives the same occasions as the rate of the city, divided by place."""
    at = datetime(2026, 3, 10, 4, tzinfo=UTC)
    columns = ("figure", "case_id", "at", "month", "unit", "grid_code", "township", "good")
    places = ("421299001", "421299002", "421281001", "")
    rows = [
        ("settlement", uuid4(), at, date(2026, 3, 1), "U-V", "", place, good)
        for place in places
        for good in (True, True, False)
    ]
    store.insert("assessed_entries", columns, rows)
    bounds = {"begin": "2026-03-01 00:00:00", "end": "2026-04-01 00:00:00"}
    counted = {
        row["district"]: (int(row["occasions"]), int(row["well"]))
        for row in json_rows(store, RATES_BY_DISTRICT, bounds)
    }
    assert counted == {"421299": (6, 4), "421281": (3, 2), "": (3, 2)}
    (whole,) = json_rows(store, RATES, bounds)
    assert (int(whole["occasions"]), int(whole["well"])) == (12, 8)
