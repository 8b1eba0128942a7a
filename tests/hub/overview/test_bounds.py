"""The work and the memory that somebody can cause by asking for figures are bounded."""

import asyncio
from pathlib import Path

import pytest

from hub.overview import kept_figures
from hub.overview.access import Asker
from tests.hub.overview.served import AREAS, Figures, serve_figures, session_of, until


def test_made_up_areas_are_not_found_and_leave_nothing(tmp_path: Path) -> None:
    """Three hundred of them: no question is asked of the store, nothing is kept."""

    async def talk(figures: Figures) -> None:
        assert (await figures.ask("/api/overview")).status == 200
        asked = dict(figures.screen.asked)
        for number in range(300):
            path = ("/api/overview", "/api/live")[number % 2]
            answer = await figures.problem(f"{path}?area={number + 123456}")
            assert answer == (404, "not_found")
        for odd in ("42", "4212990", "G3", "G1%27", "４２１２９９", "%00", "9" * 500, "421299 "):
            assert await figures.problem(f"/api/overview?area={odd}") == (404, "not_found")
        assert figures.screen.asked == asked
        assert len(figures.live.kept) == 1
        assert len(figures.live.listeners) == 0

    serve_figures(tmp_path, talk, public="figures")


def test_areas_of_the_register_are_answered(tmp_path: Path) -> None:
    """County, township, village and grids, each by its code."""

    async def talk(figures: Figures) -> None:
        for area in ("", *AREAS):
            assert (await figures.ask(f"/api/overview?area={area}")).status == 200
        assert len(figures.live.kept) == 1 + len(AREAS)

    serve_figures(tmp_path, talk, public="figures")


def test_a_parameter_that_is_not_known_is_refused(tmp_path: Path) -> None:
    """With the names that are known; and one name once only."""

    async def talk(figures: Figures) -> None:
        for query in ("aera=421299", "area=421299&area=G1", "unit=U-T"):
            answer = await figures.ask(f"/api/overview?{query}")
            assert answer.status == 400
            assert "area" in (await answer.json())["detail"]

    serve_figures(tmp_path, talk, public="figures")


def test_only_so_many_scopes_are_kept(tmp_path: Path) -> None:
    """What was asked for longest ago goes first, and is worked out anew when it is asked for."""

    async def talk(figures: Figures) -> None:
        for area in ("G1", "G2", "G1", "421299"):
            await figures.ask(f"/api/overview?area={area}")
            assert len(figures.live.kept) <= 2
        await figures.ask("/api/overview?area=G1")
        assert figures.screen.asked["quick G1"] == 1
        await figures.ask("/api/overview?area=G2")
        assert figures.screen.asked["quick G2"] == 2

    serve_figures(tmp_path, talk, public="figures", scopes_kept=2)


def test_who_asks_at_the_same_time_shares_the_work(tmp_path: Path) -> None:
    """Twenty of them: one question to the store."""

    async def talk(figures: Figures) -> None:
        figures.screen.gate.clear()
        asking = [asyncio.create_task(figures.ask("/api/overview?area=G1")) for _ in range(20)]
        await until(lambda: figures.screen.running == 1)
        figures.screen.gate.set()
        assert {answer.status for answer in await asyncio.gather(*asking)} == {200}
        assert figures.screen.asked == {"quick G1": 1, "slow G1": 1}

    serve_figures(tmp_path, talk, public="figures")


def test_one_stranger_is_served_at_a_time_and_staff_pass_him(tmp_path: Path) -> None:
    """Whatever strangers ask for at once, one question of theirs is with the store."""
    cookie = session_of(tmp_path, "主任")

    async def talk(figures: Figures) -> None:
        figures.screen.gate.clear()
        strangers = [asyncio.create_task(figures.ask(f"/api/overview?area={a}")) for a in AREAS]
        await until(lambda: figures.screen.running == 1)
        figures.client.session.cookie_jar.update_cookies(cookie)
        staff = asyncio.create_task(figures.ask("/api/overview"))
        await until(lambda: figures.screen.running == 2)
        assert sum(figures.screen.asked.values()) == 2
        assert figures.screen.asked["slow "] == 1
        figures.screen.gate.set()
        assert (await staff).status == 200
        assert {answer.status for answer in await asyncio.gather(*strangers)} == {200}
        assert figures.screen.most_at_once == 2

    serve_figures(tmp_path, talk, public="figures")


def test_a_stranger_who_waits_too_long_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with the time after which to ask again; the work under way goes on for others."""

    async def talk(figures: Figures) -> None:
        figures.screen.gate.clear()
        with monkeypatch.context() as hurried:
            hurried.setattr(kept_figures, "PATIENCE", 0.05)
            answer = await figures.ask("/api/overview?area=G1")
        assert (answer.status, (await answer.json())["code"]) == (503, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        figures.screen.gate.set()
        assert (await figures.ask("/api/overview?area=G1")).status == 200
        assert figures.screen.asked["slow G1"] == 1

    serve_figures(tmp_path, talk, public="figures")


def test_one_viewer_has_so_many_areas_worked_out_a_minute(tmp_path: Path) -> None:
    """429 beyond; what is kept is still answered, and others are not concerned."""
    cookie = session_of(tmp_path, "主任")

    async def talk(figures: Figures) -> None:
        for area in ("G1", "G2"):
            assert (await figures.ask(f"/api/overview?area={area}")).status == 200
        answer = await figures.ask("/api/overview?area=421299")
        assert (answer.status, (await answer.json())["code"]) == (429, "too_often")
        assert int(answer.headers["Retry-After"]) > 0
        assert (await figures.ask("/api/overview?area=G1")).status == 200
        figures.client.session.cookie_jar.update_cookies(cookie)
        assert (await figures.ask("/api/overview?area=421299")).status == 200

    serve_figures(tmp_path, talk, public="figures", scopes_limit="2/minute")


def test_so_many_pages_of_one_viewer_listen(tmp_path: Path) -> None:
    """The next is told 503 and when to come again; a page that is closed makes room."""
    cookie = session_of(tmp_path, "主任")

    async def talk(figures: Figures) -> None:
        client = figures.client
        first, second = await client.get("/api/live"), await client.get("/api/live")
        await until(lambda: len(figures.live.listeners) == 2)
        answer = await figures.ask("/api/live")
        assert (answer.status, (await answer.json())["code"]) == (503, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        client.session.cookie_jar.update_cookies(cookie)
        other = await client.get("/api/live")
        assert other.status == 200
        client.session.cookie_jar.clear()
        first.close()
        figures.screen.stored = "2"
        await until(lambda: len(figures.live.listeners) == 2)
        third = await client.get("/api/live")
        assert third.status == 200
        for stream in (second, third, other):
            stream.close()

    serve_figures(tmp_path, talk, public="figures", listeners_each=2)


def test_strangers_leave_half_of_the_places_to_the_staff(tmp_path: Path) -> None:
    """And in all no more listen than the setting says."""

    async def talk(figures: Figures) -> None:
        listeners = figures.live.listeners
        held = [listeners.place(Asker(f"address {number}", is_public=True)) for number in range(2)]
        for place in held:
            place.__enter__()
        assert await figures.problem("/api/live") == (503, "busy")
        members = [listeners.place(Asker(f"member {number}")) for number in range(2)]
        for place in members:
            place.__enter__()
        assert len(listeners) == 4
        for place in (*held, *members):
            place.__exit__(None, None, None)
        assert len(listeners) == 0
        assert not listeners._of

    serve_figures(tmp_path, talk, public="figures", listeners=4)


def test_a_page_whose_session_ends_hears_nothing_more(tmp_path: Path) -> None:
    """Its stream is closed when something is stored, at the latest after the next silence."""
    cookie = session_of(tmp_path, "主任")

    async def talk(figures: Figures) -> None:
        figures.client.session.cookie_jar.update_cookies(cookie)
        stream = await figures.client.get("/api/live")
        assert (await stream.content.readline()).startswith(b"event: numbers")
        (tmp_path / "staff.yaml").write_text("{}", encoding="utf-8")
        figures.screen.stored = "2"
        await asyncio.wait_for(stream.read(), 30)
        assert len(figures.live.listeners) == 0
        assert await figures.problem("/api/live") == (401, "no_session")

    serve_figures(tmp_path, talk)
