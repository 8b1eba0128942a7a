"""Bounds on the work and the memory that requests for figures can cause."""

import asyncio
from pathlib import Path

import pytest

from hub.overview import figures_cache
from hub.overview.access import FiguresClient
from tests.hub.overview.served import AREAS, FiguresSite, serve_figures, session_of, until


def test_unknown_areas_are_refused_and_not_cached(tmp_path: Path) -> None:
    """Three hundred unknown areas get 404, cause no query and fill no cache."""

    async def talk(site: FiguresSite) -> None:
        assert (await site.ask("/api/overview")).status == 200
        queries = dict(site.figures.queries)
        for number in range(300):
            path = ("/api/overview", "/api/live")[number % 2]
            answer = await site.problem(f"{path}?area={number + 123456}")
            assert answer == (404, "not_found")
        for odd in ("42", "4212990", "G3", "G1%27", "４２１２９９", "%00", "9" * 500, "421299 "):
            assert await site.problem(f"/api/overview?area={odd}") == (404, "not_found")
        assert site.figures.queries == queries
        assert len(site.live.cache) == 1
        assert len(site.live.listeners) == 0

    serve_figures(tmp_path, talk, public="figures")


def test_areas_of_the_register_are_answered(tmp_path: Path) -> None:
    """Each county, township, village and grid of the register is answered by its code."""

    async def talk(site: FiguresSite) -> None:
        for area in ("", *AREAS):
            assert (await site.ask(f"/api/overview?area={area}")).status == 200
        assert len(site.live.cache) == 1 + len(AREAS)

    serve_figures(tmp_path, talk, public="figures")


def test_a_parameter_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """An unknown or repeated parameter gets 400 with the names of the known ones."""

    async def talk(site: FiguresSite) -> None:
        for query in ("aera=421299", "area=421299&area=G1", "unit=U-T"):
            answer = await site.ask(f"/api/overview?{query}")
            assert answer.status == 400
            assert "area" in (await answer.json())["detail"]

    serve_figures(tmp_path, talk, public="figures")


def test_the_number_of_cached_scopes_is_limited(tmp_path: Path) -> None:
    """The least recently used scope is dropped, and computed again on the next request."""

    async def talk(site: FiguresSite) -> None:
        for area in ("G1", "G2", "G1", "421299"):
            await site.ask(f"/api/overview?area={area}")
            assert len(site.live.cache) <= 2
        await site.ask("/api/overview?area=G1")
        assert site.figures.queries["quick G1"] == 1
        await site.ask("/api/overview?area=G2")
        assert site.figures.queries["quick G2"] == 2

    serve_figures(tmp_path, talk, public="figures", scopes_kept=2)


def test_concurrent_requests_share_a_computation(tmp_path: Path) -> None:
    """Twenty requests at once cause one query of the store."""

    async def talk(site: FiguresSite) -> None:
        site.figures.gate.clear()
        asking = [asyncio.create_task(site.ask("/api/overview?area=G1")) for _ in range(20)]
        await until(lambda: site.figures.running == 1)
        site.figures.gate.set()
        assert {answer.status for answer in await asyncio.gather(*asking)} == {200}
        assert site.figures.queries == {"quick G1": 1, "slow G1": 1}

    serve_figures(tmp_path, talk, public="figures")


def test_the_public_uses_a_single_query_and_staff_overtake_it(tmp_path: Path) -> None:
    """The store runs at most one query for the public; staff do not wait for it."""
    cookie = session_of(tmp_path, "主任")

    async def talk(site: FiguresSite) -> None:
        site.figures.gate.clear()
        strangers = [asyncio.create_task(site.ask(f"/api/overview?area={a}")) for a in AREAS]
        await until(lambda: site.figures.running == 1)
        site.client.session.cookie_jar.update_cookies(cookie)
        staff = asyncio.create_task(site.ask("/api/overview"))
        await until(lambda: site.figures.running == 2)
        assert sum(site.figures.queries.values()) == 2
        assert site.figures.queries["slow "] == 1
        site.figures.gate.set()
        assert (await staff).status == 200
        assert {answer.status for answer in await asyncio.gather(*strangers)} == {200}
        assert site.figures.most_at_once == 2

    serve_figures(tmp_path, talk, public="figures")


def test_a_public_request_that_waits_too_long_gets_503(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer has `Retry-After`, and the computation goes on for others."""

    async def talk(site: FiguresSite) -> None:
        site.figures.gate.clear()
        with monkeypatch.context() as hurried:
            hurried.setattr(figures_cache, "PUBLIC_TIMEOUT", 0.05)
            answer = await site.ask("/api/overview?area=G1")
        assert (answer.status, (await answer.json())["code"]) == (503, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        site.figures.gate.set()
        assert (await site.ask("/api/overview?area=G1")).status == 200
        assert site.figures.queries["slow G1"] == 1

    serve_figures(tmp_path, talk, public="figures")


def test_the_areas_of_each_viewer_are_limited_in_a_minute(tmp_path: Path) -> None:
    """Beyond the limit a viewer gets 429, except for cached areas; others are not affected."""
    cookie = session_of(tmp_path, "主任")

    async def talk(site: FiguresSite) -> None:
        for area in ("G1", "G2"):
            assert (await site.ask(f"/api/overview?area={area}")).status == 200
        answer = await site.ask("/api/overview?area=421299")
        assert (answer.status, (await answer.json())["code"]) == (429, "too_often")
        assert int(answer.headers["Retry-After"]) > 0
        assert (await site.ask("/api/overview?area=G1")).status == 200
        site.client.session.cookie_jar.update_cookies(cookie)
        assert (await site.ask("/api/overview?area=421299")).status == 200

    serve_figures(tmp_path, talk, public="figures", scopes_limit="2/minute")


def test_the_live_connections_of_each_viewer_are_limited(tmp_path: Path) -> None:
    """A further connection gets 503 with `Retry-After` until another is closed."""
    cookie = session_of(tmp_path, "主任")

    async def talk(site: FiguresSite) -> None:
        client = site.client
        first, second = await client.get("/api/live"), await client.get("/api/live")
        await until(lambda: len(site.live.listeners) == 2)
        answer = await site.ask("/api/live")
        assert (answer.status, (await answer.json())["code"]) == (503, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        client.session.cookie_jar.update_cookies(cookie)
        other = await client.get("/api/live")
        assert other.status == 200
        client.session.cookie_jar.clear()
        first.close()
        site.figures.stored = "2"
        await until(lambda: len(site.live.listeners) == 2)
        third = await client.get("/api/live")
        assert third.status == 200
        for stream in (second, third, other):
            stream.close()

    serve_figures(tmp_path, talk, public="figures", listeners_each=2)


def test_the_public_gets_half_of_the_live_connections(tmp_path: Path) -> None:
    """Staff get the other half, and the total limit holds."""

    async def talk(site: FiguresSite) -> None:
        listeners = site.live.listeners
        strangers = [
            listeners.place(FiguresClient(f"address {number}", is_public=True))
            for number in range(2)
        ]
        for place in strangers:
            place.__enter__()
        assert await site.problem("/api/live") == (503, "busy")
        members = [listeners.place(FiguresClient(f"member {number}")) for number in range(2)]
        for place in members:
            place.__enter__()
        assert len(listeners) == 4
        for place in (*strangers, *members):
            place.__exit__(None, None, None)
        assert len(listeners) == 0
        assert not listeners._by_client

    serve_figures(tmp_path, talk, public="figures", listeners=4)


def test_a_stream_closes_when_its_session_ends(tmp_path: Path) -> None:
    """The stream closes at the next change of the store, and a new one is refused."""
    cookie = session_of(tmp_path, "主任")

    async def talk(site: FiguresSite) -> None:
        site.client.session.cookie_jar.update_cookies(cookie)
        stream = await site.client.get("/api/live")
        assert (await stream.content.readline()).startswith(b"event: numbers")
        (tmp_path / "staff.yaml").write_text("{}", encoding="utf-8")
        site.figures.stored = "2"
        await asyncio.wait_for(stream.read(), 30)
        assert len(site.live.listeners) == 0
        assert await site.problem("/api/live") == (401, "no_session")

    serve_figures(tmp_path, talk)


def test_the_store_is_watched_only_while_a_page_is_connected(tmp_path: Path) -> None:
    """Without a page nobody asks; a request finds out by itself what was stored meanwhile."""
    cookie = session_of(tmp_path, "主任")

    async def talk(site: FiguresSite) -> None:
        site.client.session.cookie_jar.update_cookies(cookie)
        assert site.figures.versions == 0
        await site.ask("/api/overview")
        first = site.live.cache.revision
        site.figures.stored = "2"
        site.live._checked_at -= 60
        await site.ask("/api/overview")
        assert site.live.cache.revision > first
        assert site.figures.versions == 2
        stream = await site.client.get("/api/live")
        assert (await stream.content.readline()).startswith(b"event: numbers")
        assert site.live._is_watched.is_set()
        stream.close()

    serve_figures(tmp_path, talk)
