"""Quorum and majority: by the law of each meeting, at the numbers where they begin."""

from datetime import date

import pytest

from schemas.deliberation.meeting import Attendance, MeetingKind, Votes, has_majority, has_quorum

DAY = date(2026, 3, 2)
K = MeetingKind


@pytest.mark.parametrize(
    ("kind", "entitled", "least"),
    [
        (K.VILLAGERS, 1000, 501),
        (K.VILLAGERS, 1001, 501),
        (K.HOUSEHOLDS, 300, 200),
        (K.HOUSEHOLDS, 301, 201),
        (K.REPRESENTATIVES, 40, 27),
        (K.REPRESENTATIVES, 34, 23),
        (K.GROUP, 90, 60),
        (K.RESIDENTS, 60, 31),
        (K.COUNCIL, 11, 6),
        (K.COUNCIL, 12, 6),
    ],
)
def test_a_meeting_may_decide_from_so_many_on(kind: MeetingKind, entitled: int, least: int) -> None:
    """One fewer is too few."""
    few, enough = (
        Attendance(day=DAY, entitled=entitled, attended=attended) for attended in (least - 1, least)
    )
    assert not has_quorum(kind, few)
    assert has_quorum(kind, enough)


@pytest.mark.parametrize(
    ("attended", "area", "may_decide"),
    [(200, 20_000, True), (199, 25_000, False), (250, 19_999.99, False), (300, 30_000, True)],
)
def test_owners_decide_only_with_two_thirds_of_people_and_of_area(
    attended: int, area: float, may_decide: bool
) -> None:
    """民法典 278: both have to take part; many flats of one owner do not make up for people."""
    came = Attendance(day=DAY, entitled=300, attended=attended, area=30_000, attended_area=area)
    assert has_quorum(K.OWNERS, came) is may_decide
    assert has_quorum(K.OWNERS_MAJOR, came) is may_decide


def test_owners_without_an_area_have_no_quorum() -> None:
    """An area that nobody wrote down is not two thirds of one."""
    assert not has_quorum(K.OWNERS, Attendance(day=DAY, entitled=300, attended=300))


@pytest.mark.parametrize(
    ("kind", "in_favour", "area", "adopted"),
    [
        (K.REPRESENTATIVES, 16, 0, True),
        (K.REPRESENTATIVES, 15, 0, False),
        (K.OWNERS, 16, 1501, True),
        (K.OWNERS, 16, 1500, False),
        (K.OWNERS, 15, 3000, False),
        (K.OWNERS_MAJOR, 23, 2250, True),
        (K.OWNERS_MAJOR, 22, 3000, False),
        (K.OWNERS_MAJOR, 30, 2249, False),
    ],
)
def test_a_topic_is_adopted_from_so_many_votes_on(
    kind: MeetingKind, in_favour: int, area: float, adopted: bool
) -> None:
    """Of thirty who came more than half; of owners by area too, or three quarters."""
    came = Attendance(day=DAY, entitled=40, attended=30, area=4000, attended_area=3000)
    votes = Votes(in_favour=in_favour, area_in_favour=area)
    assert has_majority(kind, came, votes) is adopted


@pytest.mark.parametrize("kind", MeetingKind)
def test_a_meeting_to_which_nobody_came_adopts_nothing(kind: MeetingKind) -> None:
    """Not even with no votes against it."""
    nobody = Attendance(day=DAY, entitled=40, attended=0, area=4000)
    assert not has_majority(kind, nobody, Votes())
    assert not has_quorum(kind, nobody)
