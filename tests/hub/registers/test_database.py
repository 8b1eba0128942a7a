"""Registers from a database: a query in a file, its columns as headers, values of every type."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from hub.registers.catalogue import REGISTERS
from hub.registers.check import CheckedEntry, Finding, check_files
from hub.registers.error import RegisterError
from hub.registers.grids import KnownGrids
from hub.registers.rows import inspect
from schemas.registers.entry import RegisterKind, Standing
from tests.builders.register_files import id_number
from tests.builders.town import TOWN

QUERY = (
    "SELECT xm AS 姓名, sfzh AS 身份证号, wg AS 网格编码, qcrq AS 迁出日期, lxdh AS 电话 FROM rk"
)


@pytest.fixture
def database(tmp_path: Path) -> str:
    """Return the URL of a database of people."""
    path = tmp_path / "office.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE rk (xm TEXT, sfzh TEXT, wg TEXT, qcrq TEXT, lxdh)")
        connection.executemany(
            "INSERT INTO rk VALUES (?, ?, ?, ?, ?)",
            [
                ("王一", id_number(1), "G1", None, 13800000001),
                ("王二", id_number(2), "G1", "2026-02-01", b""),
                ("王三", float(id_number(3)[:17]), "G2", None, "李某".encode("gbk")),
            ],
        )
    connection.close()
    return f"sqlite:///{path}"


def results(tmp_path: Path, query: str, url: str) -> list[CheckedEntry | Finding]:
    """Return the results of the check of a query."""
    path = tmp_path / "people.sql"
    path.write_text(query, "utf-8")
    source = inspect(path, url)
    assert len(source.digest) == 64
    assert "sqlite" not in repr(source)
    return list(check_files(REGISTERS[RegisterKind.PEOPLE], [source], KnownGrids(TOWN)))


def test_the_columns_of_a_query_are_the_headers(tmp_path: Path, database: str) -> None:
    """Numbers are texts, NULL is empty, a number that lost digits is refused by its row."""
    query = f"-- 人口\n{QUERY} ORDER BY rowid;\n"
    first, second, fault = results(tmp_path, query, database)
    assert isinstance(first, CheckedEntry)
    assert isinstance(second, CheckedEntry)
    assert isinstance(fault, Finding)
    assert (first.entry.phone, first.entry.standing) == ("13800000001", Standing.CURRENT)
    assert (second.position, second.entry.standing) == ("row 2", Standing.LEFT)
    assert "lost digits" in fault.message


@pytest.mark.parametrize(
    ("query", "url", "advice"),
    [
        ("DELETE FROM rk", "DATABASE", "must begin with SELECT"),
        (QUERY, "", "set HUB_REGISTERS_URL"),
        (QUERY, "nonsense", "HUB_REGISTERS_URL cannot be used"),
        (QUERY, "nosuchdriver://reader:SECRET@host/db", "driver of the database is installed"),
        (QUERY.replace("rk", "rk_2"), "DATABASE", "no such table"),
        (" \n", "DATABASE", "write a query into it"),
    ],
)
def test_a_query_that_fails_is_a_sentence(
    tmp_path: Path, database: str, query: str, url: str, advice: str
) -> None:
    """It says what to check, and shows no password."""
    with pytest.raises(RegisterError, match=advice) as refused:
        results(tmp_path, query, database if url == "DATABASE" else url)
    assert "SECRET" not in str(refused.value)


def test_a_percent_sign_of_a_query_is_no_parameter(tmp_path: Path, database: str) -> None:
    """Some drivers read % as one if they are given parameters, so they are given none."""
    plain: list[str] = []

    def watch(_cursor: object, statement: str, _context: object) -> None:
        plain.append(statement)

    event.listen(Engine, "do_execute_no_params", watch)
    try:
        query = f"{QUERY} WHERE xm LIKE '王二%'"
        (entry,) = results(tmp_path, query, database)
    finally:
        event.remove(Engine, "do_execute_no_params", watch)
    assert isinstance(entry, CheckedEntry)
    assert plain == [query]
