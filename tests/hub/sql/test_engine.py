"""The engine's endpoint: only the hub's own processes may use it, and only in known ways."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import make_mocked_request
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from hub.accounts.audit import Audit, AuditAction
from hub.accounts.audit_chain import faults
from hub.accounts.session import Viewer
from hub.accounts.staff import StaffRole, add_member
from hub.admin.audit import LINES
from hub.lab.simulate.scenario.lists import tasks_before
from hub.runtime.paths import DataPaths
from hub.settings import Settings
from hub.settings.town import SHIPPED_TOWN
from hub.sql import endpoint
from hub.store.client import Store
from hub.store.engine_client import EngineStore, ask_engine, authorization
from hub.store.reader import OWN
from hub.store.staff_rows.tasks import COLUMNS as TASK_COLUMNS
from hub.store.staff_rows.tasks import row_of
from hub.town.registers import load_town
from schemas.cases.case import Case
from streams.town.register import Register
from tests.builders.town import NOON
from tests.hub.sql.served import engine_served, staff_served, with_ports

Test = Callable[[aiohttp.ClientSession, str], Awaitable[None]]
ROUTES = (
    ("GET", "/"),
    ("POST", "/"),
    ("POST", "/staff"),
    ("POST", "/insert/audit"),
    ("POST", "/freeze"),
    ("GET", "/wall"),
    ("GET", "/nothing"),
)


@pytest.fixture
def settings(engine_settings: Settings) -> Settings:
    """Return the settings of the endpoints."""
    return with_ports(engine_settings)


def served(settings: Settings, store: Store, test: Test) -> None:
    """Serve the engine's endpoint and let a test query it."""

    async def scenario() -> None:
        async with engine_served(settings, store), aiohttp.ClientSession() as session:
            await test(session, f"http://127.0.0.1:{settings.store_port}")

    asyncio.run(scenario())


def in_threads(settings: Settings, store: Store, work: Callable[[EngineStore], None]) -> None:
    """Serve the endpoint and let a client use it in a thread, as the overview does."""
    client = EngineStore(settings)

    async def test(_: aiohttp.ClientSession, __: str) -> None:
        await asyncio.to_thread(work, client)

    served(settings, store, test)
    client.close()


def test_a_backup_finds_every_table_of_one_moment(settings: Settings, store: Store) -> None:
    """The engine links the parts of each table; a later insert does not change them."""
    paths = DataPaths(settings.data)
    columns = ["name"]
    store.insert("migrations", columns, [["before"]])

    async def test(_: aiohttp.ClientSession, __: str) -> None:
        answer = await asyncio.to_thread(ask_engine, settings, "/freeze", {})
        assert answer["tables"] > 20

    served(settings, store, test)
    frozen = {path.relative_to(paths.frozen) for path in paths.frozen.rglob("data.bin")}
    store.insert("migrations", columns, [["after"]])
    live = {
        path.relative_to(paths.clickhouse) for path in paths.clickhouse.glob("store/*/*/*/data.bin")
    }
    assert frozen
    assert live - frozen
    assert {path.relative_to(paths.frozen) for path in paths.frozen.rglob("data.bin")} == frozen
    shutil.rmtree(paths.frozen)


def test_without_the_token_nothing_is_answered(settings: Settings, store: Store) -> None:
    """Every route refuses a request without the token, also with the password of a member."""
    password = add_member(settings, "li", StaffRole.CITY, "", "")

    async def test(session: aiohttp.ClientSession, url: str) -> None:
        token = DataPaths(settings.data).sql_token.read_text()
        proofs = [
            ("li", password),
            (OWN, "x"),
            ("", ""),
            (OWN, ""),
            ("li", token),
            (OWN, token[:-1]),
            ("", token),
        ]
        for method, path in ROUTES:
            for name, key in proofs:
                proof = {"X-ClickHouse-User": name, "X-ClickHouse-Key": key}
                async with session.request(
                    method, url + path, headers=proof, data="SELECT 1" if method == "POST" else None
                ) as answer:
                    assert answer.status == 401
                    assert (await answer.text()).startswith("Code: 516.")
        async with session.get(f"{url}/?query=SELECT+1", headers=authorization(settings)) as answer:
            assert (answer.status, await answer.text()) == (200, "1\n")

    served(settings, store, test)
    (settings.data / "staff.yaml").unlink()


def test_a_request_without_the_token_is_refused_before_its_body_is_read(
    settings: Settings, store: Store
) -> None:
    """The refusal does not wait for a body that never arrives."""

    async def test(_: aiohttp.ClientSession, __: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", settings.store_port)
        writer.write(b"POST /staff HTTP/1.1\r\nHost: x\r\nContent-Length: 8000000\r\n\r\n")
        assert b" 401 " in await reader.readline()
        writer.close()

    served(settings, store, test)


def test_rows_come_back_as_from_the_engine_itself(
    settings: Settings, store: Store, cases: list[Case]
) -> None:
    """Values of every type, with parameters and parameterised views, equal those of the engine."""
    assert cases
    parameters = {"unit": "U-T"}
    query = "SELECT case_id, opened_at, title, reports FROM cases WHERE unit = {unit:String}"
    since = "SELECT plan, count() FROM duties_since(since = today()) GROUP BY plan ORDER BY plan"

    def work(client: EngineStore) -> None:
        assert sorted(client.rows(query, parameters)) == sorted(store.rows(query, parameters))
        key = "case_id"
        assert sorted(client.named(query, parameters), key=lambda row: row[key]) == sorted(
            store.named(query, parameters), key=lambda row: row[key]
        )
        assert client.rows(since) == store.rows(since)
        count = "SELECT count() FROM cases"
        assert client.raw(count, "TSV") == store.raw(count, "TSV")
        for sql in (
            "DROP TABLE cases",
            "INSERT INTO areas VALUES ('1', '2', '3')",
            "SELECT * FROM url('http://127.0.0.1:1/', 'CSV', 'a String')",
        ):
            with pytest.raises(DatabaseError, match="164"):
                client.rows(sql)

    in_threads(settings, store, work)


def test_the_audit_is_written_through_it(settings: Settings, store: Store) -> None:
    """Audit lines are inserted in order and their hash chain is intact."""
    client = EngineStore(settings)
    audit = Audit(settings, client)
    request = make_mocked_request("GET", "/")

    async def test(_: aiohttp.ClientSession, __: str) -> None:
        for detail in ("一", "二", "三"):
            await audit.note(
                request, Viewer("李", StaffRole.CITY), AuditAction.EXPORT, detail=detail
            )

    served(settings, store, test)
    client.close()
    lines = store.named(LINES)
    assert [line["detail"] for line in lines] == ["一", "二", "三"]
    assert faults(lines, datetime.now(UTC), 0) == []


def test_only_the_audit_accepts_inserts(settings: Settings, store: Store) -> None:
    """Inserts into another table or an unknown column are refused by name."""

    def work(client: EngineStore) -> None:
        with pytest.raises(DatabaseError, match="Only hub serve may insert into areas"):
            client.insert("areas", ["code"], [["1"]])
        with pytest.raises(DatabaseError, match="audit has no code"):
            client.insert("audit", ["code"], [["1"]])
        with pytest.raises(DatabaseError, match="The rows are invalid"):
            client.insert("audit", ["at"], [[{"time": 1}]])
        with pytest.raises(DatabaseError, match="only hub serve changes"):
            client.command("DROP TABLE audit")

    in_threads(settings, store, work)
    assert store.rows("SELECT count() FROM audit") == [(0,)]


def test_the_pages_insert_tasks(settings: Settings, store: Store) -> None:
    """A task of the page 减负 is stored with its id and its days."""
    (task, *_) = tasks_before(NOON, Register.of(load_town(SHIPPED_TOWN)))

    def work(client: EngineStore) -> None:
        client.insert("tasks", TASK_COLUMNS, [row_of(task, NOON)])

    in_threads(settings, store, work)
    rows = store.rows("SELECT task_id, toDate(handed_at), due_at, version FROM tasks")
    assert rows == [(task.task_id, task.request.handed_on, None, NOON)]


def test_an_unknown_role_or_field_is_refused(settings: Settings, store: Store) -> None:
    """The engine checks the role, the office and the field names of a query."""

    async def test(session: aiohttp.ClientSession, url: str) -> None:
        whole = {"member": "li", "role": "city", "office": "", "sql": "SELECT 1"}
        changes: tuple[tuple[dict[str, Any], int], ...] = (
            ({}, 200),
            ({"role": "root"}, 400),
            ({"settings": "x"}, 400),
            ({"role": "township", "office": "') OR 1"}, 403),
        )
        for change, status in changes:
            async with session.post(
                f"{url}/staff", json=whole | change, headers=authorization(settings)
            ) as answer:
                assert answer.status == status, await answer.text()

    served(settings, store, test)


def test_the_client_goes_on_after_the_engine_was_away(settings: Settings, store: Store) -> None:
    """The client raises while the engine is down and reconnects, also after a new token."""
    client = EngineStore(settings)
    with pytest.raises(OperationalError):
        client.rows("SELECT 1")

    async def query(_: aiohttp.ClientSession, __: str) -> None:
        assert await asyncio.to_thread(client.rows, "SELECT 1") == [(1,)]

    served(settings, store, query)
    with pytest.raises(OperationalError):
        client.rows("SELECT 1")
    DataPaths(settings.data).sql_token.unlink()

    async def requested_again(_: aiohttp.ClientSession, __: str) -> None:
        with pytest.raises(DatabaseError, match="516"):
            await asyncio.to_thread(client.rows, "SELECT 1")
        assert await asyncio.to_thread(client.rows, "SELECT 1") == [(1,)]

    served(settings, store, requested_again)
    client.close()


def test_staff_wait_for_an_engine_that_starts_and_get_503_if_it_stays_away(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The response is 503 in ClickHouse's form with Retry-After."""
    password = add_member(settings, "li", StaffRole.CITY, "", "")
    who = {"X-ClickHouse-User": "li", "X-ClickHouse-Key": password}
    url = f"http://127.0.0.1:{settings.sql_port}/"

    async def scenario() -> None:
        async with staff_served(settings), aiohttp.ClientSession() as session:
            asking = asyncio.create_task(_text(session, url, who))
            async with engine_served(settings, store):
                assert await asking == (200, "1\n", "")
            monkeypatch.setattr(endpoint, "AWAY_FOR", 0.0)
            status, text, retry = await _text(session, url, who)
            assert (status, retry) == (503, "5")
            assert text.startswith("Code: 210.")

    asyncio.run(scenario())
    (settings.data / "staff.yaml").unlink()


async def _text(
    session: aiohttp.ClientSession, url: str, who: dict[str, str]
) -> tuple[int, str, str]:
    async with session.post(url, data="SELECT 1", headers=who) as answer:
        return answer.status, await answer.text(), answer.headers.get("Retry-After", "")
