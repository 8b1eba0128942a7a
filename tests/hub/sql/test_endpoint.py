"""SQL for staff: a real client over HTTP, the rows of each role, and no way out."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

from hub.accounts.staff import StaffRole, add_member
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.sql.roles import HIDDEN, base_tables_of
from hub.sql.server_grants import COLUMNS
from hub.sql.server_roles import office_role, roles
from hub.sql.users import VIEWS
from hub.store.catalogue import DATA, Theme
from hub.store.client import Store
from hub.store.reader import Reader
from schemas.cases.case import Case
from tests.builders.fortnight import SECRET
from tests.hub.sql.served import sql_served, with_ports

SHOWN = sorted(
    name
    for name, statements in DATA.items()
    if statements.theme is not Theme.INNER and name != "audit"
)
OUT = Path("/tmp/minqing-out.tsv")  # noqa: S108 - the name in the statements
WAYS_OUT = (
    "SELECT file('/etc/passwd')",
    "SELECT `file`('/etc/passwd')",
    "SELECT FILE('/etc/passwd')",
    "SELECT count() FROM cases WHERE position(file('/etc/passwd'), 'root') > 0",
    "SELECT * FROM cases WHERE content = (SELECT file('/etc/passwd'))",
    "WITH file('/etc/passwd') AS x SELECT x",
    "SELECT arrayMap(x -> file(x), ['/etc/passwd'])",
    "SELECT * FROM file('/etc/passwd', 'LineAsString')",
    "DESCRIBE file('/etc/passwd')",
    "DESCRIBE (SELECT file('/etc/passwd'))",
    "EXPLAIN SELECT file('/etc/passwd')",
    "EXPLAIN QUERY TREE SELECT 1",
    "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1:1', default.cases)",
    "SELECT * FROM merge('default', '.*')",
    "SELECT * FROM python(x)",
    "SELECT * FROM fuzzQuery('SELECT 1')",
    "SELECT * FROM mergeTreeIndex('default', 'cases')",
    "SELECT aiGenerate('x')",
    "SELECT 1; SELECT file('/etc/passwd')",
    f"SELECT 1 INTO OUTFILE '{OUT}'",
    f"SELECT 1 INTO/**/outfile '{OUT}'",
    "INSERT INTO areas VALUES ('1', '2', '3')",
    "DROP TABLE cases",
    "SET readonly = 0",
    "SET ROLE x",
    "SYSTEM FLUSH LOGS",
    "KILL QUERY WHERE 1",
    "SHOW PROCESSLIST",
    "SHOW GRANTS",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "SELECT 1 SETTINGS max_execution_time = 0",
    "SELECT * FROM system.processes",
    "SELECT * FROM system.parts",
    "SELECT * FROM migrations",
)

Asks = Callable[[Callable[[str, str], Client]], None]


@pytest.fixture
def settings(engine_settings: Settings) -> Settings:
    """Return the settings of the endpoints."""
    return with_ports(engine_settings, sql_rows=5000, sql_seconds=2)


@pytest.fixture
def connect(
    store: Store, cases: list[Case], settings: Settings
) -> Iterator[Callable[[Asks], None]]:
    """Return a function that serves the endpoints while a test uses the staff's from a thread."""
    assert cases

    def run(asks: Asks) -> None:
        async def scenario() -> None:
            async with sql_served(settings, store):
                port = settings.sql_port
                opened: list[Client] = []

                def client(role: str, unit: str = "") -> Client:
                    password = add_member(settings, f"某{role}", role, unit, "")
                    opened.append(
                        clickhouse_connect.get_client(
                            host="127.0.0.1",
                            port=port,
                            username=f"某{role}",
                            password=password,
                        )
                    )
                    return opened[-1]

                try:
                    await asyncio.to_thread(asks, client)
                finally:
                    for statement in opened:
                        statement.close()

        asyncio.run(scenario())

    yield run
    (settings.data / "staff.yaml").unlink(missing_ok=True)


def test_every_relation_of_the_dictionary_can_be_queried(connect: Callable[[Asks], None]) -> None:
    """The city can read all columns but the hub's own."""

    def asks(client: Callable[[str, str], Client]) -> None:
        city = client(StaffRole.CITY, "")
        for name in SHOWN:
            but = f" EXCEPT ({', '.join(HIDDEN[name])})" if name in HIDDEN else ""
            city.query(f"SELECT *{but} FROM {name} LIMIT 5")
        with pytest.raises(ClickHouseError, match="audit"):
            city.query("SELECT * FROM audit")
        assert client(StaffRole.AUDITOR, "").query("SELECT * FROM audit").row_count >= 0

    connect(asks)


def test_no_statement_leaves_the_store(connect: Callable[[Asks], None]) -> None:
    """This holds for staff and for the hub's own processes."""

    def asks(client: Callable[[str, str], Client]) -> None:
        city = client(StaffRole.CITY, "")
        for sql in WAYS_OUT:
            with pytest.raises(ClickHouseError, match=r"Code: \d+"):
                city.raw_query(sql)
        assert not OUT.exists()

    connect(asks)


def test_each_office_sees_its_own_rows(
    connect: Callable[[Asks], None], store: Store, cases: list[Case]
) -> None:
    """In tables and in their views; tables for the whole county are closed to it."""
    own = {case.case_id for case in cases if case.assignment and case.assignment.unit == "U-T"}

    def asks(client: Callable[[str, str], Client]) -> None:
        unit = client(StaffRole.UNIT, "U-T")
        case_ids = unit.query("SELECT case_id FROM cases").result_rows
        assert {case_id for (case_id,) in case_ids} == own
        statements = unit.query("SELECT count() FROM open_cases").result_rows
        assert statements == store.rows("SELECT count() FROM open_cases WHERE unit = 'U-T'")
        entries = unit.query("SELECT DISTINCT unit FROM case_events").result_rows
        assert entries == [("U-T",)]
        township = client(StaffRole.TOWNSHIP, "U-T")
        where = "startsWith(division_code, '421299001') OR startsWith(grid_code, '421299001')"
        for table in ("cases", "events"):
            counted = store.rows(f"SELECT count() FROM {table} WHERE {where}")
            assert township.query(f"SELECT count() FROM {table}").result_rows == counted
        for sql in (
            "SELECT count() FROM receipts",
            "SELECT count() FROM accounting",
            "SELECT 1 IN (SELECT 1 FROM audit)",
            "WITH receipts AS (SELECT 1) SELECT * FROM receipts",
            "SELECT 1 WHERE 1 IN default.receipts",
            "SELECT (SELECT count() FROM receipts)",
            "EXPLAIN SELECT * FROM receipts",
            "EXPLAIN SELECT (SELECT count() FROM receipts)",
        ):
            with pytest.raises(ClickHouseError, match="497"):
                township.query(sql)
        with pytest.raises(ClickHouseError, match="497"):
            township.query("SELECT count() FROM cases SETTINGS additional_table_filters = {}")

    connect(asks)


def test_a_confidential_text_is_in_no_answer(connect: Callable[[Asks], None], store: Store) -> None:
    """Errors do not depend on a hidden column either: any value gives the same answer."""
    assert store.rows(f"SELECT count() FROM events WHERE position(words, '{SECRET}') > 0") == [(1,)]
    probe = (
        "SELECT toUInt8((SELECT if(countIf(position(words, '{}') > 0) > 0, 'a', '1') FROM events))"
    )

    def asks(client: Callable[[str, str], Client]) -> None:
        city = client(StaffRole.CITY, "")
        for name in SHOWN:
            but = f" EXCEPT ({', '.join(HIDDEN[name])})" if name in HIDDEN else ""
            assert SECRET.encode() not in city.raw_query(f"SELECT *{but} FROM {name}", fmt="CSV")
        answers = set()
        for word in (SECRET, "nothing of the kind"):
            with pytest.raises(ClickHouseError) as caught:
                city.raw_query(probe.format(word))
            answers.add(str(caught.value))
        assert len(answers) == 1
        for sql in (
            "SELECT * FROM events",
            "SELECT words FROM events",
            "SELECT count() FROM cases WHERE body LIKE '%x%'",
            "SELECT COLUMNS('^bo') FROM cases",
            "SELECT c.body FROM cases AS c",
            "SELECT tuple(*) FROM cases",
            "SELECT 1 IN cases",
            "SELECT (1, 2) NOT IN default.events",
            "SELECT text FROM feedback_open",
        ):
            with pytest.raises(ClickHouseError, match="EXCEPT"):
                city.raw_query(sql)

    connect(asks)


def test_limits_hold(connect: Callable[[Asks], None]) -> None:
    """Time, rows and memory are limited; the next query is answered."""

    def asks(client: Callable[[str, str], Client]) -> None:
        city = client(StaffRole.CITY, "")
        for sql, code in (
            ("SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 1", "159"),
            ("SELECT number FROM numbers(5001)", "396"),
            ("SELECT length(groupArray(toString(number))) FROM numbers(1000000000)", "241|159"),
        ):
            with pytest.raises(ClickHouseError, match=f"Code: ({code})"):
                city.query(sql)
        assert city.query("SELECT count() FROM numbers(1000)").result_rows == [(1000,)]

    connect(asks)


def test_an_unknown_member_is_not_answered(
    connect: Callable[[Asks], None], settings: Settings
) -> None:
    """No default user, no old password; the hub's own processes have a separate endpoint."""

    def asks(client: Callable[[str, str], Client]) -> None:
        city = client(StaffRole.CITY, "")
        where = {"host": "127.0.0.1", "port": settings.sql_port}
        statements: tuple[dict[str, Any], ...] = (
            {},
            {"username": "某city", "password": "wrong"},
            {"username": "hub", "password": "x"},
            {"username": "hub", "password": DataPaths(settings.data).sql_token.read_text()},
        )
        for proof in statements:
            with pytest.raises(ClickHouseError, match="516"):
                clickhouse_connect.get_client(**where, **proof)
        reader = Reader(settings)
        assert reader.rows("SELECT count() > 0 AS there FROM cases WHERE body != ''")
        reader.close()
        # After a change of the password the old one is refused at once.
        add_member(settings, "某city", StaffRole.CITY, "", "")
        with pytest.raises(ClickHouseError, match="516"):
            city.query("SELECT 1")

    connect(asks)


def test_the_statements_of_a_server_grant_the_same(store: Store, engine_settings: Settings) -> None:
    """The engine parses every statement; no role is granted a hidden column."""
    columns: dict[str, list[str]] = {}
    for table, name in store.rows(COLUMNS):
        columns.setdefault(table, []).append(name)
    base_tables = base_tables_of(dict(map(tuple, store.rows(VIEWS))))
    statements = list(roles(engine_settings, "hub", columns, base_tables))
    statements += office_role(StaffRole.TOWNSHIP, "421299001", "hub", columns, base_tables)
    statements += office_role(StaffRole.UNIT, "U-T", "hub", columns, base_tables)
    for statement in statements:
        store.rows("SELECT formatQuerySingleLine({q:String})", {"q": statement})
    for name, hidden in HIDDEN.items():
        for grant in (
            statement
            for statement in statements
            if f" ON hub.{name} " in statement and "GRANT" in statement
        ):
            granted = grant.partition("(")[2].partition(")")[0].split(", ")
            assert granted
            assert not set(granted) & set(hidden)
    policies = [
        statement for statement in statements if "EXISTS `hub_unit_U-T` ON hub.cases " in statement
    ]
    assert policies == [
        "CREATE ROW POLICY IF NOT EXISTS `hub_unit_U-T` ON hub.cases"
        " USING unit = 'U-T' TO `hub_unit_U-T`"
    ]
    assert not any(" ON hub.receipts TO `hub_" in statement for statement in statements)
