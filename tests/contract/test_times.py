"""One grammar of times for all channels: what programs and people write, and what is refused."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.contract import FaultError
from connectors.values.moment import parse_moment
from schemas.base import BEIJING
from schemas.reports.rejected import Reason

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=BEIJING)
MORNING = datetime(2026, 3, 1, 8, 3, 12, tzinfo=BEIJING)
MIDNIGHT = datetime(2026, 3, 1, tzinfo=BEIJING)


def read(value: object) -> datetime:
    """Return the moment of a value that was received now."""
    return parse_moment(value, position="/at", now=NOW)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01 08:03:12",
        "2026-03-01T08:03:12.000+0800",
        "2026-03-01 08:03:12+08",
        "2026-03-01T08:03:12+08:00[Asia/Shanghai]",
        "2026-03-01T00:03:12Z",
        "2026-03-01 08:03:12 +0800 CST",
        "2026/3/1 8:03:12 AM",
        "2026/3/1 上午8:03:12",
        "上午8:03:12 2026/3/1",
        "2026.03.01 08:03:12",
        "2026-03-01_08:03:12",
        "2026-03-01（周日）08：03：12",
        "２０２６－０３－０１　０８：０３：１２",
        "'2026-03-01 08:03:12",
        "2026年3月1日星期日 8时3分12秒",
        "二〇二六年三月一日上午八时三分十二秒",
        "北京时间2026年03月01日08时03分12秒",
        "Sun Mar 01 08:03:12 CST 2026",
        "Sun Mar  1 08:03:12 2026",
        "Sun Mar 01 2026 08:03:12 GMT+0800 (中国标准时间)",
        "Sun, 01 Mar 2026 08:03:12 GMT+08:00",
        "Sun, 1 Mar 2026 00:03:12 +0000 (UTC)",
        "Sunday, March 1, 2026 8:03:12 AM",
        "Mar 1, 2026 8:03:12 AM",
        "01/Mar/2026:08:03:12 +0800",
        "01-3月 -26 08.03.12.000000 上午",
        "01-MAR-26 08.03.12 AM",
        "2026-03-01-08.03.12.000000",
        "20260301080312",
        "20260301080312000",
        "20260301T000312Z",
        "/Date(1772323392000+0800)/",
        "1772323392",
        "1.772323392E12",
        1772323392,
        1772323392000,
        1772323392000.0,
        1772323392000000,
        "1772323392000000000",
        20260301080312,
        [2026, 3, 1, 8, 3, 12],
        {"$date": {"$numberLong": "1772323392000"}},
        {"time": 1772323392000, "year": 126, "month": 2},
        datetime.fromisoformat("2026-03-01 08:03:12"),
    ],
)
def test_programs_and_people_write_the_same_moment(written: object) -> None:
    """Java, JavaScript, .NET, Go, Oracle, DB2, SQL Server, MongoDB, mail and prose are read."""
    assert read(written) == MORNING


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [
        ("2026/3/1 上午12:30", 0, 30),
        ("2026/3/1 12:30 AM", 0, 30),
        ("2026-03-01 凌晨12:30", 0, 30),
        ("2026/3/1 下午12:30", 12, 30),
        ("2026/3/1 12:30:00 p.m.", 12, 30),
        ("2026-03-01 下午15:30", 15, 30),
        ("2026-03-01 下午3点半", 15, 30),
        ("2026-03-01 中午1:30", 13, 30),
        ("2026-03-01 晚上8点一刻", 20, 15),
        ("2026年3月1日早8点", 8, 0),
        ("2026年3月1日晚8点", 20, 0),
        ("2026年3月1日夜里11点", 23, 0),
        ("2026年2月28日半夜12点", 0, 0),
        ("20260301080312.000", 8, 3.2),
        ({"year": 2026, "monthValue": 3, "dayOfMonth": 1, "hour": 8, "minute": 3}, 8, 3),
        ({"date": {"year": 2026, "month": 3, "day": 1}, "time": {"hour": 8, "nano": 0}}, 8, 0),
        ("2026-02-28 24:00:00", 0, 0),
        ("2026-02-28 晚上12点", 0, 0),
        ("2026-02-28 23:59:60", 0, 0),
        ("2026-03-01", 0, 0),
        (date(2026, 3, 1), 0, 0),
        ("46082", 0, 0),
        (46082.25, 6, 0),
    ],
)
def test_the_hour_of_the_day(written: object, hour: int, minute: float) -> None:
    """12 in the morning is midnight, 24:00 ends a day, an Excel serial counts days."""
    assert read(written) == MIDNIGHT + timedelta(hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("written", "detail"),
    [
        ("昨天", "is no time"),
        ("08:03", "is no time"),
        ("2026-02-29", "day is out of range"),
        ("2026-03-01 25:00", "no such hour"),
        ("2026-03-01 24:01", "after 24:00"),
        ("2026-03-01 晚上2点", "晚上 with 2"),
        ("2026-03-01 上午15:00", "上午 with 15"),
        ("2026-03-01 08:03 EST", "is no time"),
        ("2026-03-01 08:03 +25:00", "no offset"),
        ("03/01/2026", "write the year first"),
        ("26-03-01", "four digits"),
        ("1970-01-01", "before 2000"),
        ("2026-03-05", "more than a day ahead"),
        ("NaN", "no time is given"),
        (None, "no time is given"),
        (True, "no time is given"),
        (10**21, "no epoch time"),
        ([2026, 3], "is no time"),
        ({"year": 2026}, "is no time"),
        (float("inf"), "is no time"),
    ],
)
def test_what_is_no_time_or_may_be_two_is_refused_with_the_reason(
    written: object, detail: str
) -> None:
    """Nothing is guessed: a wrong time would start a wrong deadline."""
    with pytest.raises(FaultError, match=detail) as refused:
        read(written)
    assert refused.value.fault.reason is Reason.BAD_TIME


def test_a_year_behind_is_read_where_only_one_order_fits() -> None:
    """13/2/2026 and 2/13/2026 are the same day."""
    assert read("13/2/2026") == read("2/13/2026") == read("2026-02-13")


MOMENTS = st.integers(0, 825_000_000).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=BEIJING) + timedelta(seconds=seconds)
)
HALF = {False: ("上午", "AM"), True: ("下午", "PM")}
FORMS = (
    lambda at: at.isoformat(),
    lambda at: at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    lambda at: at.astimezone(timezone(timedelta(hours=-5, minutes=-30))).isoformat(),
    lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    lambda at: f"{at:%Y%m%d%H%M%S}",
    lambda at: f"{at:%a %b %d %H:%M:%S CST %Y}",
    lambda at: f"{at:%a %b %d %Y %H:%M:%S GMT+0800 (CST)}",
    lambda at: f"{at:%a, %d %b %Y %H:%M:%S +0800}",
    lambda at: f"{at:%d-%b-%y %I.%M.%S} {HALF[at.hour >= 12][1]}",
    lambda at: f"{at.year}/{at.month}/{at.day} {HALF[at.hour >= 12][0]}{at:%I:%M:%S}",
    lambda at: f"{at:%b %d, %Y %I:%M:%S} {HALF[at.hour >= 12][1]}",
    lambda at: f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute}分{at.second}秒",
    lambda at: int(at.timestamp()),
    lambda at: int(at.timestamp()) * 1000,
    lambda at: [at.year, at.month, at.day, at.hour, at.minute, at.second],
)


@given(MOMENTS, st.sampled_from(FORMS))
def test_every_form_makes_the_round_trip(moment: datetime, form) -> None:
    """What a program writes is read as the moment that it meant."""
    assert read(form(moment)) == moment


@given(MOMENTS, st.integers(0, 999_999))
def test_fractions_of_a_second_are_kept(moment: datetime, micro: int) -> None:
    """ISO 8601 and epoch microseconds keep what a database has stored."""
    exact = moment.replace(microsecond=micro)
    assert read(exact.isoformat()) == exact
    assert read((exact - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) == exact


@given(st.one_of(st.text(max_size=40), st.floats(), st.integers(), st.from_regex(r"[\d:/ .T+-]+")))
def test_no_text_is_more_than_refused(written: object) -> None:
    """Any value is a moment within bounds or a fault of the sender."""
    moment = MORNING
    with suppress(FaultError):
        moment = read(written)
    assert datetime(2000, 1, 1, tzinfo=BEIJING) <= moment <= NOW + timedelta(days=1)
