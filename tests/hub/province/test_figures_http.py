"""Who may read the figures of a city: a token of this city for this, and nobody else."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.audit import Audit
from hub.accounts.callers import add_caller, caller_of, load_callers
from hub.cases.http import CasesHttp
from hub.province.figures_http import FRESH_SECONDS, FiguresHttp
from hub.province.readers import ReadersError, add_reader, load_readers, remove_reader
from hub.runtime.errors import HubError
from hub.settings import Settings
from hub.sql.endpoint import SqlEndpoint
from hub.sql.users import SqlUsers
from hub.store.client import Store
from hub.web.problem import answer_problems
from schemas.province import PATH
from tests.builders.town import REGISTER

Client = TestClient[web.Request, web.Application]


class EmptyStore(Store):
    """A store without rows, which keeps the lines of the audit and counts the questions."""

    def __init__(self) -> None:
        self.lines: list[Any] = []
        self.questions = 0

    def insert(self, _: str, columns: Any, rows: Any) -> None:
        """Keep a line of the audit."""
        self.lines += [dict(zip(columns, row, strict=True)) for row in rows]

    def raw(self, *_: Any) -> bytes:
        """Return no rows."""
        self.questions += 1
        return b'{"data": []}'

    def rows(self, *_: Any) -> list[Any]:
        """Return no rows."""
        return []


class Site:
    """The client of a test, the store, and a clock that the test moves."""

    def __init__(self, client: Client, store: EmptyStore, seconds: list[float]) -> None:
        self.client, self.store, self.seconds = client, store, seconds

    async def status(self, token: str, path: str = PATH) -> int:
        """Return the status of a request with a token."""
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self.client.get(path, headers=headers)
        return answer.status


def run(settings: Settings, talk: Callable[[Site], Awaitable[None]]) -> EmptyStore:
    """Serve the figures of a city, and let a test talk to it."""
    store = EmptyStore()

    async def scenario() -> None:
        seconds = [0.0]
        app = web.Application(middlewares=[answer_problems])
        audit = Audit(settings, store)
        FiguresHttp(settings, store, audit, REGISTER, lambda: seconds[0]).add_to(app)
        CasesHttp(settings, store, None, REGISTER, audit).add_to(app)  # type: ignore[arg-type]
        async with TestClient(TestServer(app)) as client:
            await talk(Site(client, store, seconds))

    asyncio.run(scenario())
    return store


def test_without_a_reader_nobody_reads(tmp_path: Path) -> None:
    """A hub that has drawn no token refuses every request, with or without a token."""

    async def talk(site: Site) -> None:
        assert (await site.client.get(PATH)).status == 401
        assert await site.status("") == 401
        assert await site.status("x" * 43) == 401

    run(Settings(data=tmp_path), talk)


def test_a_reader_gets_the_document_and_the_audit_has_a_line(tmp_path: Path) -> None:
    """The line names the reader and its role; the answer is not stored anywhere on its way."""
    settings = Settings(data=tmp_path)
    token = add_reader(settings, "省")

    async def talk(site: Site) -> None:
        answer = await site.client.get(PATH, headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert (await answer.json())["city"] == "421299"

    (line,) = run(settings, talk).lines
    assert (line["who"], line["role"], line["what"]) == ("省", "province", "figures")


def test_a_refusal_is_in_the_audit_without_the_token(tmp_path: Path) -> None:
    """Somebody who tries tokens leaves lines, and no token is written anywhere."""

    async def talk(site: Site) -> None:
        assert await site.status("a-token-that-is-tried") == 401

    (line,) = run(Settings(data=tmp_path), talk).lines
    assert line["what"] == "token_failed"
    assert "tried" not in str(line)


@pytest.mark.parametrize("token", ["é", "令牌", " ", "a" * 8000])
def test_a_token_of_any_bytes_is_refused(tmp_path: Path, token: str) -> None:
    """Bytes that are no text are an ordinary wrong token."""
    settings = Settings(data=tmp_path)
    add_reader(settings, "省")

    async def talk(site: Site) -> None:
        assert await site.status(token) in (400, 401)

    run(settings, talk)


def test_the_token_of_another_city_is_refused(tmp_path: Path) -> None:
    """Each city has drawn its own."""
    first, second = Settings(data=tmp_path / "first"), Settings(data=tmp_path / "second")
    token = add_reader(first, "省")
    add_reader(second, "省")

    async def talk(site: Site) -> None:
        assert await site.status(token) == 401

    run(second, talk)


def test_a_token_of_the_province_opens_nothing_else(tmp_path: Path) -> None:
    """Not the case API, not SQL; it is no caller and no member of staff."""
    settings = Settings(data=tmp_path)
    token = add_reader(settings, "省")
    assert caller_of(load_callers(settings), token) is None

    async def talk(site: Site) -> None:
        case = "/api/v1/cases/00000000-0000-0000-0000-000000000001"
        assert await site.status(token, case) == 401
        sql = SqlEndpoint(settings, SqlUsers(settings, REGISTER))
        async with TestClient(TestServer(sql.app)) as client:
            for headers in (
                {"Authorization": f"Bearer {token}"},
                {"X-ClickHouse-User": "province", "X-ClickHouse-Key": token},
                {"X-ClickHouse-User": "hub", "X-ClickHouse-Key": token},
            ):
                answer = await client.get("/", params={"query": "SELECT 1"}, headers=headers)
                assert answer.status == 401

    run(settings, talk)


def test_a_caller_of_the_case_api_does_not_read_the_figures(tmp_path: Path) -> None:
    """The lists are apart in both directions."""
    settings = Settings(data=tmp_path)
    add_reader(settings, "省")
    token = add_caller(settings, "app", "dispatcher", "")

    async def talk(site: Site) -> None:
        assert await site.status(token) == 401

    run(settings, talk)


def test_a_removed_reader_is_refused_at_once(tmp_path: Path) -> None:
    """No restart is needed."""
    settings = Settings(data=tmp_path)
    token = add_reader(settings, "省")

    async def talk(site: Site) -> None:
        assert await site.status(token) == 200
        remove_reader(settings, "省")
        assert await site.status(token) == 401

    run(settings, talk)


def test_the_address_has_no_parameters(tmp_path: Path) -> None:
    """Whoever could choose a range could subtract two answers."""
    settings = Settings(data=tmp_path)
    token = add_reader(settings, "省")

    async def talk(site: Site) -> None:
        assert await site.status(token, f"{PATH}?from=2026-11-01") == 400

    run(settings, talk)


def test_the_document_is_computed_once_in_a_while(tmp_path: Path) -> None:
    """Within five minutes the same document is served, so that single changes are not seen."""
    settings = Settings(data=tmp_path)
    token = add_reader(settings, "省")

    async def talk(site: Site) -> None:
        assert await site.status(token) == 200
        asked = site.store.questions
        assert await site.status(token) == 200
        assert site.store.questions == asked
        site.seconds[0] += FRESH_SECONDS
        assert await site.status(token) == 200
        assert site.store.questions == 2 * asked

    run(settings, talk)


def test_a_token_is_not_in_the_file(tmp_path: Path) -> None:
    """The file has its hash, and only its owner may read it."""
    settings = Settings(data=tmp_path)
    token = add_reader(settings, "省")
    path = tmp_path / "province.yaml"
    assert token not in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o077 == 0


def test_readers_have_different_names(tmp_path: Path) -> None:
    """A second one of the same name, an empty name, and an unknown one to remove are refused."""
    settings = Settings(data=tmp_path)
    add_reader(settings, "省")
    for wrong in ("省", " ", "a\nb"):
        with pytest.raises(HubError):
            add_reader(settings, wrong)
    with pytest.raises(HubError, match="no reader"):
        remove_reader(settings, "市")
    assert [reader.name for reader in load_readers(settings)] == ["省"]


def test_a_damaged_file_of_readers_is_named(tmp_path: Path) -> None:
    """It opens nothing, and the message has the path."""
    (tmp_path / "province.yaml").write_text("- a list", encoding="utf-8")
    with pytest.raises(ReadersError, match=r"province\.yaml"):
        load_readers(Settings(data=tmp_path))
