"""The 12369 table: rows with any values arrive, and so do late rows and changes."""

import datetime as dt
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from sqlalchemy import Column, Date, DateTime, Integer, MetaData, String, Table

from hub.intake.collectors.database import EnvironmentTable
from hub.intake.collectors.table.columns import json_value, row_body
from hub.intake.collectors.table.watermark import form_of, mark_text, moment_of, since
from schemas.base import BEIJING
from tests.builders.collecting import Desk, at_desk, rounds

NOW = dt.datetime(2026, 3, 3, 12, tzinfo=BEIJING)
CREATE = "CREATE TABLE complaints (complaint_no TEXT, updated_at {}, content {})"
INSERT = "INSERT INTO complaints VALUES (?, ?, ?)"


def execute(path: Path, *statements: tuple[str, Sequence[object]] | str) -> None:
    """Change the table as the other system does."""
    with closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(*((statement,) if isinstance(statement, str) else statement))
        db.commit()


def kept(desk: Desk) -> list[tuple[str, object]]:
    """Return key and content of the rows in the journal."""
    rows = [json.loads(raw.body) for raw in desk.kept]
    return [(row["complaint_no"], row.get("content", row.get("deleted"))) for row in rows]


def table_of(desk: Desk, path: Path) -> EnvironmentTable:
    """Return a collector of the table at `path`."""
    return EnvironmentTable(desk.restart(environment_url=SecretStr(f"sqlite:///{path}")))


@pytest.mark.parametrize(
    ("column", "marks"),
    [
        ("TEXT", ("2026-03-01 06:45:00", "2026-03-02 06:45:00")),
        ("TEXT", ("2026-03-01T06:45:00Z", "2026-03-02T06:45:00Z")),
        ("TEXT", ("2026/2/28 6:45:00", "2026/10/1 6:45:00")),
        ("TEXT", ("0000-00-00 00:00:00", "1970-01-01 00:00:00")),
        ("TEXT", (None, None)),
        ("TEXT", ("20260301064500", "20260302064500")),
        ("TEXT", ("昨天", "2026-03-02")),
        ("INTEGER", (1772318700, 1772405100)),
        ("INTEGER", (1772318700000, 1772405100000)),
        ("INTEGER", (1772318700000, 1772405100)),
        ("INTEGER", (0, -1)),
        ("DATETIME", ("2026-03-01 06:45:00", "2026-03-02 06:45:00")),
        ("DATETIME", ("2026/3/1", "0000-00-00 00:00:00")),
        ("DATE", ("2026-03-01", "2026-03-02")),
        ("TEXT", ("9999-12-31 23:59:59", "2026-03-02 06:45:00")),
        ("DATETIME", (1772318700000, "2026-03-02 06:45:00")),
    ],
)
def test_any_watermark_lets_rows_and_changes_through(
    column: str, marks: tuple[object, object], tmp_path: Path
) -> None:
    """New, changed and deleted rows are found, each once, with any value of `updated_at`."""
    path = tmp_path / "complaints.db"

    async def talk(desk: Desk) -> None:
        execute(path, CREATE.format(column, "TEXT"), (INSERT, ("K-1", marks[0], "first")))
        table = table_of(desk, path)
        assert await rounds(table.collect, 2) == []
        execute(path, (INSERT, ("K-2", marks[1], "second")))
        assert await rounds(table.collect, 2) == []
        update = (
            "UPDATE complaints SET content = 'third', updated_at = ? WHERE complaint_no = 'K-2'"
        )
        execute(path, (update, (marks[1],)))
        assert await rounds(table.collect, 2) == []
        table.close()
        again = table_of(desk, path)
        execute(path, "DELETE FROM complaints WHERE complaint_no = 'K-1'")
        assert await rounds(again.collect, 3) == []
        assert await again.collect() == 0
        again.close()
        assert kept(desk) == [("K-1", "first"), ("K-2", "second"), ("K-2", "third"), ("K-1", True)]

    at_desk(tmp_path, talk)


def test_rows_with_one_key_or_none_are_read_once(tmp_path: Path) -> None:
    """Two rows with one key are two deliveries and do not keep the collector busy."""
    path = tmp_path / "complaints.db"

    async def talk(desk: Desk) -> None:
        execute(
            path,
            CREATE.format("TEXT", "TEXT"),
            (INSERT, ("K-1", None, "a")),
            (INSERT, ("K-1", None, "b")),
            (INSERT, ("K-2", "2026-03-01 06:45:00", "c")),
            (INSERT, ("K-2", "2026-03-01 06:45:00", "d")),
            (INSERT, (None, "2026-03-01 06:46:00", "e")),
        )
        table = table_of(desk, path)
        assert await rounds(table.collect, 3) == []
        assert await table.collect() == 0
        table.close()
        assert sorted(str(content) for _, content in kept(desk)) == ["a", "b", "c", "d", "e"]

    at_desk(tmp_path, talk)


def test_a_far_future_row_does_not_hide_later_changes(tmp_path: Path) -> None:
    """A watermark in the future is none: rows that change today are still found."""
    path = tmp_path / "complaints.db"
    stamp = (dt.datetime.now(BEIJING) - dt.timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S")

    async def talk(desk: Desk) -> None:
        execute(
            path,
            CREATE.format("TEXT", "TEXT"),
            (INSERT, ("K-1", "2099-01-01 00:00:00", "ahead")),
            (INSERT, ("K-2", "2026-03-01 06:45:00", "before")),
        )
        # The cursor of an older version may stand there already.
        desk.journal.set("environment", "2099-01-01 00:00:00")
        table = table_of(desk, path)
        await rounds(table.collect, 2)
        update = (
            "UPDATE complaints SET content = 'after', updated_at = ? WHERE complaint_no = 'K-2'"
        )
        execute(path, (update, (stamp,)))
        await rounds(table.collect, 2)
        table.close()
        assert kept(desk) == [("K-2", "before"), ("K-1", "ahead"), ("K-2", "after")]

    at_desk(tmp_path, talk)


def test_a_table_that_is_loaded_anew_withdraws_nothing(tmp_path: Path) -> None:
    """Many rows that are missing for a moment are looked at again; a real deletion is withdrawn."""
    path = tmp_path / "complaints.db"
    rows = [(INSERT, (f"K-{n:02}", "2026-03-01 06:45:00", "text")) for n in range(30)]

    async def talk(desk: Desk) -> None:
        execute(path, CREATE.format("TEXT", "TEXT"), *rows)
        table = table_of(desk, path)
        await rounds(table.collect, 2)
        execute(path, "DELETE FROM complaints")
        await rounds(table.collect, 3)
        execute(path, *rows)
        await rounds(table.collect, 14)
        assert len(desk.kept) == 30
        execute(path, "DELETE FROM complaints")
        await rounds(table.collect, 13)
        table.close()
        withdrawn = [key for key, content in kept(desk) if content is True]
        assert withdrawn == [f"K-{n:02}" for n in range(30)]

    at_desk(tmp_path, talk)


def test_gbk_bytes_are_read_as_text(tmp_path: Path) -> None:
    """Text in another charset in a UTF-8 database loses neither its row nor the others."""
    path = tmp_path / "complaints.db"
    stale = "INSERT INTO complaints VALUES (?, ?, CAST(? AS TEXT))"

    async def talk(desk: Desk) -> None:
        execute(
            path,
            CREATE.format("TEXT", "TEXT"),
            (INSERT, ("K-1", "2026-03-01 06:45:00", "废气刺鼻")),
            (stale, ("K-2", "2026-03-01 06:46:00", "邻里漏水".encode("gb18030"))),
            (INSERT, ("K-3", "2026-03-01 06:47:00", "噪声扰民")),
        )
        table = table_of(desk, path)
        assert await rounds(table.collect, 2) == []
        table.close()
        assert kept(desk) == [("K-1", "废气刺鼻"), ("K-2", "邻里漏水"), ("K-3", "噪声扰民")]

    at_desk(tmp_path, talk)


def test_a_table_that_is_away_keeps_its_place(tmp_path: Path) -> None:
    """Without the table, or without its columns, a round fails and nothing moves."""
    path = tmp_path / "complaints.db"

    async def talk(desk: Desk) -> None:
        execute(path, CREATE.format("TEXT", "TEXT"), (INSERT, ("K-1", "2026-03-01", "first")))
        table = table_of(desk, path)
        await rounds(table.collect, 1)
        execute(path, "ALTER TABLE complaints RENAME TO away")
        (fault,) = await rounds(table.collect, 1)
        assert str(fault) == "12369 database: there is no table complaints"
        execute(path, "CREATE TABLE complaints (complaint_no TEXT)")
        (fault,) = await rounds(table.collect, 1)
        assert "has no column updated_at" in str(fault)
        execute(path, "DROP TABLE complaints", "ALTER TABLE away RENAME TO complaints")
        assert await rounds(table.collect, 2) == []
        table.close()
        assert kept(desk) == [("K-1", "first")]

    at_desk(tmp_path, talk)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (dt.time(8, 30), "08:30:00"),
        (dt.timedelta(hours=8, minutes=30), "08:30:00"),
        (-dt.timedelta(hours=100, seconds=1.5), "-100:00:01.500000"),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (Decimal("20260301000000001234.50"), "20260301000000001234.50"),
        (UUID(int=7), "00000000-0000-0000-0000-000000000007"),
        (float("nan"), "nan"),
        ("停水".encode("gb18030"), "停水"),
        (memoryview("停水".encode()), "停水"),
        (b"\x89PNG\r\n\x1a\n", "89504e470d0a1a0a"),
        ({"a": (Decimal(1), None)}, {"a": ["1", None]}),
        ({1}, [1]),
        (object, "<class 'object'>"),
    ],
)
def test_every_column_has_a_form_in_json(value: object, written: object) -> None:
    """Times, intervals, decimals, UUIDs, bytes and structures are written without loss."""
    assert json_value(value) == written


def test_gbk_text_of_a_latin_1_connection_is_read(tmp_path: Path) -> None:
    """Chinese text that a connection has read as Latin-1 is decoded anew, and that is noted."""
    del tmp_path
    seen = "小区停水三天".encode("gb18030").decode("latin-1")
    row = json.loads(row_body({"content": seen, "name": "José"}, {}, 10_000))
    assert row == {"content": "小区停水三天", "name": "José", "_charset": {"content": "gb18030"}}


def test_a_row_that_is_too_large_loses_its_longest_column() -> None:
    """The rest of the row arrives, with a note of what was left out."""
    row = json.loads(row_body({"content": "停水", "photo": b"\xff" * 5000}, {}, 2000))
    assert row == {"content": "停水", "_unreadable": {"photo": "too large: 10000 characters"}}


VALUES = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.decimals(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.timedeltas(),
    st.uuids(),
)


@given(st.dictionaries(st.text(min_size=1), st.one_of(VALUES, st.lists(VALUES))))
def test_every_row_becomes_json(row: dict[str, object]) -> None:
    """No value of any driver stops a row."""
    assert json.loads(row_body(row, {}, 10**9)).keys() >= {str(name) for name in row}


@given(VALUES)
def test_any_value_is_tried_as_a_watermark(value: object) -> None:
    """A value is a watermark with a moment that is not ahead, or none; it never raises."""
    moment = moment_of(value, NOW)
    if moment is not None:
        assert moment <= NOW + dt.timedelta(minutes=15)
        assert form_of(mark_text(value))


MOMENTS = st.datetimes(dt.datetime(2001, 9, 10), dt.datetime(2026, 3, 1))  # noqa: DTZ001
COLUMNS = Table(
    "complaints",
    MetaData(),
    Column("text", String),
    Column("number", Integer),
    Column("time", DateTime),
    Column("day", Date),
)


@given(MOMENTS, st.integers(0, 900))
def test_the_bound_is_a_quarter_of_an_hour_before_the_mark(
    moment: dt.datetime, before: int
) -> None:
    """A row up to 15 minutes behind the watermark is within the bound, in each form."""
    late = (moment - dt.timedelta(seconds=before)).replace(tzinfo=BEIJING)
    mark = moment.replace(tzinfo=BEIJING)
    forms: list[tuple[str, object, object]] = [
        ("text", f"{mark:%Y-%m-%d %H:%M:%S}", f"{late:%Y-%m-%d %H:%M:%S}"),
        ("text", f"{mark:%Y-%m-%dT%H:%M:%S}", f"{late:%Y-%m-%dT%H:%M:%S}"),
        ("text", f"{mark:%Y%m%d%H%M%S}", f"{late:%Y%m%d%H%M%S}"),
        ("number", int(mark.timestamp()), int(late.timestamp())),
        ("number", int(mark.timestamp() * 1000), int(late.timestamp() * 1000)),
        ("time", moment, late.replace(tzinfo=None)),
        ("day", mark.date(), late.date()),
    ]
    for column, newest, value in forms:
        assert moment_of(newest, NOW) is not None
        bound = since(mark_text(newest), COLUMNS.c[column]).right.value  # type: ignore[attr-defined]
        assert bound <= value


def test_one_faulty_row_among_many_is_found_by_halving(tmp_path: Path) -> None:
    """Rows that the driver cannot convert are read without conversion; the others as they were."""
    path = tmp_path / "complaints.db"
    rows = [(INSERT, (f"K-{n:04}", "2026-03-01 06:45:00", "x")) for n in range(1200)]
    rows[700] = (INSERT, ("K-0700", "no time", "x"))

    async def talk(desk: Desk) -> None:
        execute(path, CREATE.format("DATETIME", "TEXT"), *rows)
        table = table_of(desk, path)
        assert await rounds(table.collect, 1) == []
        assert await rounds(table.collect, 1) == []
        table.close()
        marks = {row["complaint_no"]: row["updated_at"] for row in map(json.loads, bodies(desk))}
        assert len(marks) == len(desk.kept) == 1200
        assert marks["K-0700"] == "no time"
        assert marks["K-0701"] == "2026-03-01T06:45:00"

    def bodies(desk: Desk) -> list[bytes]:
        return [raw.body for raw in desk.kept]

    at_desk(tmp_path, talk)
