"""Placing a fact, and computing its deadlines."""

from datetime import datetime

import pytest

from schemas.base import BEIJING
from schemas.channel import Channel
from schemas.reports.fact import Datum, PlaceHint, Urgency
from schemas.town.register import FormerCode
from streams.case.deadline import accept_by, add_working_days, limit_of
from streams.town.locate import place, to_wgs84
from streams.town.register import Register
from tests.builders.town import REGISTER, TOWN, VILLAGE


@pytest.mark.parametrize(
    ("hint", "text", "settled_by", "grid"),
    [
        (PlaceHint(grid_code="G2", lon=114.905, lat=30.005), "", "grid_code", "G2"),
        (PlaceHint(lon=114.905, lat=30.005), "", "coordinates", "G1"),
        (PlaceHint(division_code="421299001"), "在幸福小区", "division_code", "G1"),
        (PlaceHint(), "在幸福小区门口", "place_name", "G1"),
        (PlaceHint(lon=0.0, lat=0.0), "哪里", "", ""),
    ],
)
def test_the_order_of_placement(hint: PlaceHint, text: str, settled_by: str, grid: str) -> None:
    """Grid code comes first, then coordinates, division code and place name; else unknown."""
    placed = place(hint, text, REGISTER)
    assert (placed.settled_by, placed.grid_code) == (settled_by, grid)
    assert placed.division_code == (VILLAGE if grid else "")


FORMER = Register.of(
    TOWN.model_copy(
        update={
            "former_codes": (
                FormerCode(former="420202", code="421299"),
                FormerCode(former="420202009", code="421299001"),
            )
        }
    )
)


@pytest.mark.parametrize(
    ("code", "division"),
    [
        ("421299001", "421299001000"),
        ("421299001000", "421299001000"),
        ("421299001001", VILLAGE),
        ("421299001999", "421299001000"),
        ("420202001001", VILLAGE),
        ("420202009000", "421299001000"),
        ("421299", ""),
        ("421299000000", ""),
        ("421200", "421200000000"),
        ("420281001000", "420281001000"),
        ("000000", ""),
        ("幸福小区", VILLAGE),
        ("不是区划代码的文字", ""),
    ],
)
def test_a_division_code_finds_the_smallest_division_that_is_known(
    code: str, division: str
) -> None:
    """Padding, a new village, an old code or a name lead to the division of today."""
    placed = place(PlaceHint(division_code=code), "", FORMER)
    assert placed.division_code == division


def test_chinese_datums_are_converted_to_wgs84() -> None:
    """A point in GCJ-02 moves by a few hundred metres."""
    converted = to_wgs84(114.9117, 30.0031, Datum.GCJ02)
    assert converted is not None
    assert 100 < abs(converted[0] - 114.9117) * 111_000 < 900


def test_working_time_skips_holidays_and_counts_exchanged_days() -> None:
    """The Spring Festival of 2025 is skipped; the working Saturday (调休) counts."""
    eve = datetime(2025, 1, 27, 17, 0, tzinfo=BEIJING)
    assert add_working_days(eve, 1).date().isoformat() == "2025-02-05"
    friday = datetime(2025, 2, 7, 17, 0, tzinfo=BEIJING)
    assert add_working_days(friday, 1).date().isoformat() == "2025-02-08"


def test_acceptance_counts_office_hours_only() -> None:
    """Four working hours that start late in the afternoon end at noon of the next working day."""
    late = datetime(2025, 3, 3, 17, 0, tzinfo=BEIJING)
    assert accept_by(late, Urgency.ORDINARY).isoformat() == "2025-03-04T12:00:00+08:00"


def test_urgent_cases_and_petitions_are_not_counted_in_working_days() -> None:
    """Urgent cases have 24 hours around the clock, petitions have 60 days."""
    at = datetime(2025, 3, 1, 12, 0, tzinfo=BEIJING)
    assert (limit_of(at, Urgency.URGENT, Channel.OPEN311).due - at).total_seconds() == 24 * 3600
    assert (limit_of(at, Urgency.ORDINARY, Channel.PETITION_LETTERS).due - at).days == 60
