"""The middleware that answers exceptions with problem+json."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer, make_mocked_request
from clickhouse_connect.driver.exceptions import DatabaseError

from hub.web.problem import (
    STORE_ERRORS,
    Problem,
    ProblemError,
    Translation,
    answer_problems,
    problems,
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
TRANSLATIONS = {
    FileNotFoundError: Translation(Problem.STORE_AWAY),
    OSError: Translation(Problem.SEALED, shows_text=True),
}


def _raising(error: Exception) -> Handler:
    async def handler(_: web.Request) -> web.StreamResponse:
        raise error

    return handler


def _answer(error: Exception) -> tuple[int, dict[str, object], list[str]]:
    """Return status and body of the answer to an exception, and the refusals that were reported."""
    refusals: list[str] = []

    async def ask() -> tuple[int, dict[str, object]]:
        middleware = problems(
            TRANSLATIONS,
            refused=lambda _, problem: refusals.append(str(problem.problem)),
            largest_body=1000,
        )
        app = web.Application(middlewares=[middleware])
        app.router.add_get("/", _raising(error))
        async with TestClient(TestServer(app)) as client:
            response = await client.get("/", allow_redirects=False)
            is_problem = response.content_type == "application/problem+json"
            return response.status, await response.json() if is_problem else {}

    status, body = asyncio.run(ask())
    return status, body, refusals


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (ProblemError(Problem.STALE, "by a day"), 401, "stale", "by a day"),
        (FileNotFoundError("secret path"), 503, "store_away", None),
        (OSError("no such key"), 409, "sealed", "no such key"),
        (web.HTTPRequestEntityTooLarge(1000, 2000), 413, "too_large", "the limit is 1000 bytes"),
        (web.HTTPForbidden(), 400, "bad_request", None),
        (ZeroDivisionError("secret"), 500, "internal", None),
    ],
)
def test_each_exception_has_its_problem(
    error: Exception, status: int, code: str, detail: str | None
) -> None:
    """Only a listed exception shows its text, and every refusal is reported once."""
    answered, body, refusals = _answer(error)
    assert (answered, body["code"], body.get("detail")) == (status, code, detail)
    assert refusals == [code]


def test_a_redirect_is_no_refusal() -> None:
    """It reaches the browser as it is."""
    assert _answer(web.HTTPFound("/elsewhere")) == (302, {}, [])


def test_a_wrong_method_is_answered_with_the_allowed_ones() -> None:
    """The header `Allow` of aiohttp's refusal stays, as RFC 9110 requires for 405."""

    async def ask() -> str:
        app = web.Application(middlewares=[answer_problems])
        app.router.add_get("/", _raising(OSError()))
        async with TestClient(TestServer(app)) as client:
            return (await client.post("/")).headers["Allow"]

    assert asyncio.run(ask()) == "GET,HEAD"


def test_the_error_of_a_client_that_is_gone_goes_on() -> None:
    """An answer would have no reader: aiohttp ends the connection and reports nothing."""
    request = make_mocked_request("GET", "/")
    request.protocol.transport = None
    middleware = problems({}, refused=lambda *_: pytest.fail("nothing was refused"))
    with pytest.raises(ConnectionResetError):
        asyncio.run(middleware(request, _raising(ConnectionResetError())))


def test_errors_of_the_store_do_not_show_their_sql() -> None:
    """ClickHouse's errors repeat statement and data, so only the log has them."""
    ((kind, translation),) = STORE_ERRORS.items()
    assert issubclass(DatabaseError, kind)
    assert not translation.shows_text
