"""A city that answers wrongly, slowly, without end, or from elsewhere is refused with a reason."""

import asyncio
import gzip
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler

from hub.province.client import LARGEST_ANSWER, read_figures
from hub.province.faults import FAULT_TEXTS, CityFault, CityFaultError
from schemas.province import CityFigures
from tests.hub.province.builders import CODE, NOW, city, document
from tests.hub.province.served import LOOPBACK, SECONDS, answers, cities_served, sends

TOKEN = "a-token"


def read(handler: Handler, seconds: float = SECONDS, networks: str = LOOPBACK) -> CityFigures:
    """Read a city that answers with a handler."""

    async def run() -> CityFigures:
        async with cities_served([handler], networks) as ((fake,), session):
            return await read_figures(session, city(fake.url), TOKEN, seconds, NOW)

    return asyncio.run(run())


def fault_of(handler: Handler, **more: Any) -> CityFault:
    """Return why a city that answers with a handler is refused."""
    with pytest.raises(CityFaultError) as caught:
        read(handler, **more)
    return caught.value.kind


def test_a_city_is_read_with_its_token() -> None:
    """The request has the token of this city, and asks for no compression."""
    shown = []

    async def handler(request: web.Request) -> web.StreamResponse:
        shown.append((request.path, request.headers["Authorization"]))
        shown.append(("", request.headers["Accept-Encoding"]))
        return web.json_response(document())

    assert read(handler).city == CODE
    assert shown == [("/api/province/figures", f"Bearer {TOKEN}"), ("", "identity")]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, CityFault.TOKEN),
        (403, CityFault.TOKEN),
        (404, CityFault.NO_FIGURES),
        (429, CityFault.BUSY),
        (503, CityFault.BUSY),
        (500, CityFault.STATUS),
        (204, CityFault.STATUS),
    ],
)
def test_a_status_has_its_fault(status: int, kind: CityFault) -> None:
    """The sentence on the page says whose turn it is."""
    assert fault_of(answers(lambda: web.Response(status=status))) is kind


def test_a_redirect_is_not_followed_and_the_token_stays() -> None:
    """Another host must not get the token, whatever the city answers."""
    targets: list[str] = []

    async def handler(_: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(f"{targets[0]}/api/province/figures")

    async def run() -> list[str]:
        async with cities_served([handler, sends()]) as ((fake, second), session):
            targets.append(second.url)
            with pytest.raises(CityFaultError) as caught:
                await read_figures(session, city(fake.url), TOKEN, SECONDS, NOW)
            assert caught.value.kind is CityFault.REDIRECT
            return second.shown

    assert asyncio.run(run()) == []


def test_a_silent_city_is_given_up() -> None:
    """A city that does not answer, or stops in the middle, costs the time that is set."""

    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    async def stops(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"version": ')
        await asyncio.Event().wait()
        return response

    assert fault_of(silent, seconds=0.2) is CityFault.SLOW
    assert fault_of(stops, seconds=0.2) is CityFault.SLOW


def test_an_answer_without_end_is_cut() -> None:
    """No more than the largest answer is read into memory."""
    written = []

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while sum(written) < 50 * LARGEST_ANSWER:
                await response.write(b" " * 65536)
                written.append(65536)
        return response

    assert fault_of(endless) is CityFault.TOO_LARGE
    assert sum(written) < 50 * LARGEST_ANSWER


def test_a_compressed_answer_is_not_unpacked() -> None:
    """A small answer must not become a large one in our memory."""
    packed = gzip.compress(json.dumps(document()).encode())
    handler = answers(lambda: web.Response(body=packed, headers={"Content-Encoding": "gzip"}))
    assert fault_of(handler) is CityFault.FORM


def test_a_city_in_a_private_network_must_be_listed() -> None:
    """Without HUB_OUTBOUND_NETWORKS no connection is made."""
    assert fault_of(sends(), networks="") is CityFault.ADDRESS


def test_nothing_listens() -> None:
    """The fault says so; the detail names the host, not the path."""

    async def run() -> CityFaultError:
        async with cities_served([]) as (_, session):
            with pytest.raises(CityFaultError) as caught:
                await read_figures(session, city(), TOKEN, SECONDS, NOW)
            return caught.value

    error = asyncio.run(run())
    assert error.kind is CityFault.AWAY
    assert "127.0.0.1:9" in str(error)
    assert TOKEN not in str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"<!doctype html><title>login</title>",
        b"\xff\xfe",
        b'{"version": NaN}',
        b"[" * 100_000,
    ],
    ids=["empty", "null", "list", "no field", "a page", "bytes", "NaN", "deep"],
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    """Also the log-in page of a proxy, which answers 200."""
    assert fault_of(answers(lambda: web.Response(body=body))) is CityFault.FORM


@pytest.mark.parametrize(
    "more",
    [
        {"districts": [{"code": CODE, "name": "<script>alert(1)</script>"}]},
        {"districts": [{"code": CODE, "name": "a" * 31}]},
        {"districts": [{"code": "../../etc", "name": "a"}]},
        {"open_by_state": {"rows": [{"key": "<b>", "count": 60}], "other": 0}},
        {"overdue": {"whole": 60, "part": 2}},
        {"overdue": {"whole": 10**30, "part": 5}},
        {"at": "2026-11-29T04:00:00"},
    ],
    ids=["HTML", "long", "code", "key", "small", "huge", "no zone"],
)
def test_a_document_with_a_wrong_part_is_refused_whole(more: dict[str, Any]) -> None:
    """Names have no markup, counts are not small, times have a zone."""
    assert fault_of(sends(**more)) is CityFault.FORM


def test_the_figures_of_another_city_are_refused() -> None:
    """Two addresses were mixed up, or one city speaks for another."""
    assert fault_of(sends(code="427299")) is CityFault.OTHER_CITY


def test_figures_of_tomorrow_are_refused() -> None:
    """They would look fresh for ever."""
    assert fault_of(sends(at=(NOW + timedelta(hours=1)).isoformat())) is CityFault.CLOCK


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_figures_of_long_ago_are_refused(at: str) -> None:
    """Days before the first year would end the round of all cities."""
    assert fault_of(sends(at=at)) is CityFault.CLOCK


def test_a_city_of_a_newer_version_is_read_as_far_as_it_is_known() -> None:
    """Unknown fields, also inside of known ones, are ignored."""
    newer = {
        "version": 7,
        "weather": {"rain": True},
        "overdue": {"whole": 60, "part": 6, "median_days": 3},
    }
    known = read(sends(**newer))
    assert known.version == 7
    assert known.overdue.part == 6


def test_every_fault_has_a_sentence_and_stands_in_the_documents() -> None:
    """Both pages of the documentation list the codes."""
    docs = Path(__file__).parents[3] / "docs"
    pages = [
        (docs / name).read_text(encoding="utf-8") for name in ("province.md", "zh/province.md")
    ]
    assert set(FAULT_TEXTS) == set(CityFault)
    assert all(f"| `{fault}` |" in page for fault in CityFault for page in pages)
