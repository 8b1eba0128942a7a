"""The page over the cities: who sees it, what it shows, and that it runs nothing of a city."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestClient, TestServer

from hub.accounts.staff import add_member
from hub.province.faults import FAULT_TEXTS, CityFault, CityFaultError
from hub.province.kept import Kept
from hub.province.page_http import OPEN_ROUTES, ProvincePage
from hub.province.rounds import CityState
from hub.province.view import age_text, city_row, share_text
from hub.settings import Settings
from hub.settings.accounts import PublicView
from hub.workbench.static_files import add_static
from schemas.province import FIGURES_VERSION, Hidden, Share
from tests.hub.accounts.pages import PASSWORD
from tests.hub.province.builders import NOW, city, figures

Client = TestClient[web.Request, web.Application]


class FixedCities:
    """Cities with states that a test sets."""

    def __init__(self, *states: CityState) -> None:
        self.list_fault = ""
        self._states = list(states)

    def states(self) -> list[CityState]:
        """Return the states."""
        return self._states


def state(fault: CityFault | None = None, name: str = "青溪县", **more: Any) -> CityState:
    """Return a city with figures."""
    error = CityFaultError(fault, "detail") if fault else None
    kept = Kept(read_at=NOW, figures=figures(**more))
    return CityState(city(name=name, inhabitants=400_000), kept, error)


def run(
    folder: Path,
    talk: Callable[[Client], Awaitable[None]],
    *states: CityState,
    public: PublicView = PublicView.FIGURES,
) -> None:
    """Serve the page over cities, and let a test talk to it."""

    async def scenario() -> None:
        settings = Settings(data=folder, public=public)
        cities: Any = FixedCities(*states)
        page = ProvincePage(settings, cities, lambda: NOW)
        add_static(page.app)
        async with TestClient(TestServer(page.app)) as client:
            await talk(client)

    asyncio.run(scenario())


def test_every_route_needs_a_password_but_the_listed_ones(tmp_path: Path) -> None:
    """A new route needs one too; the listed ones have no figures."""

    async def talk(client: Client) -> None:
        assert client.app is not None
        seen = set()
        for route in client.app.router.routes():
            assert route.resource is not None
            path = route.resource.canonical
            answer = await client.get(path.format(name="tokens.css"))
            seen.add(path)
            assert answer.status == (200 if path in OPEN_ROUTES else 401), path
            if path not in OPEN_ROUTES:
                assert answer.headers["WWW-Authenticate"].startswith("Basic ")
                assert "青溪县" not in await answer.text()
        assert seen > OPEN_ROUTES

    run(tmp_path, talk, state(), public=PublicView.NOTHING)


def test_staff_who_see_the_whole_read_the_page(tmp_path: Path) -> None:
    """City and auditor do; a township, and a wrong password, do not."""
    settings = Settings(data=tmp_path)
    add_member(settings, "审计", "auditor", "", PASSWORD)
    add_member(settings, "李镇长", "township", "U-T", PASSWORD)

    async def talk(client: Client) -> None:
        for name, password, status in (
            ("审计", PASSWORD, 200),
            ("审计", PASSWORD, 200),
            ("审计", "wrong", 401),
            ("李镇长", PASSWORD, 401),
            ("nobody", PASSWORD, 401),
        ):
            header = encode_basic_auth(name, password, "utf-8")
            answer = await client.get("/", headers={"Authorization": header})
            assert answer.status == status, name

    run(tmp_path, talk, state(), public=PublicView.NOTHING)


def test_passwords_cannot_be_tried_without_end(tmp_path: Path) -> None:
    """After the attempts of HUB_LOGIN_LIMIT even the right password has to wait."""
    add_member(Settings(data=tmp_path), "审计", "auditor", "", PASSWORD)

    async def talk(client: Client) -> None:
        statuses = []
        for password in [*("wrong",) * 11, PASSWORD]:
            header = encode_basic_auth("审计", password, "utf-8")
            statuses.append((await client.get("/", headers={"Authorization": header})).status)
        assert statuses[:10] == [401] * 10
        assert statuses[10:] == [429, 429]

    run(tmp_path, talk, state(), public=PublicView.NOTHING)


def test_the_page_shows_a_city_and_its_tables(tmp_path: Path) -> None:
    """Reports, per 10,000 inhabitants, open, shares, a bar for each day, names in Chinese."""

    async def talk(client: Client) -> None:
        text = await (await client.get("/")).text()
        for part in ("青溪县", ">300<", ">7.5<", ">60<", "10.0%", "87.5%", "90.0%", "≥96.0%"):
            assert part in text, part
        for part in ("市政设施", "处置中", "其他（合并）", "10-30至11-28", "刚刚"):
            assert part in text, part
        assert text.count("<rect ") == 30
        assert "<script" not in text

    run(tmp_path, talk, state())


def test_a_fault_stands_beside_the_last_figures(tmp_path: Path) -> None:
    """The sentence says what to do; the figures and their age stay."""

    async def talk(client: Client) -> None:
        text = await (await client.get("/")).text()
        assert FAULT_TEXTS[CityFault.TOKEN] in text
        assert "5小时前" in text
        assert ">300<" in text

    old = (NOW - timedelta(hours=5)).isoformat()
    run(tmp_path, talk, state(CityFault.TOKEN, at=old))


def test_a_city_that_was_never_read_has_a_line(tmp_path: Path) -> None:
    """With dashes and the reason."""

    async def talk(client: Client) -> None:
        text = await (await client.get("/")).text()
        assert "还没有读到数据" in text
        assert FAULT_TEXTS[CityFault.AWAY] in text

    run(tmp_path, talk, CityState(city(), None, CityFaultError(CityFault.AWAY, "no route")))


def test_names_in_the_list_are_text(tmp_path: Path) -> None:
    """Also a name that somebody wrote into the list with signs of HTML."""

    async def talk(client: Client) -> None:
        answer = await client.get("/")
        text = await answer.text()
        assert "<img" not in text
        assert "&lt;img" in text
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]

    run(tmp_path, talk, state(name="<img src=x onerror=a>"))


def test_the_json_has_the_figures_and_the_fault(tmp_path: Path) -> None:
    """A program reads the same as the page, with the code of the fault."""

    async def talk(client: Client) -> None:
        (known,) = (await (await client.get("/api/cities")).json())["cities"]
        assert known["fault"] == "busy"
        assert known["age_seconds"] == 0
        assert known["figures"]["satisfied"] == {"whole": 100, "part": "nearly_all"}
        assert (await client.get("/api/cities?city=1")).status == 400

    run(tmp_path, talk, state(CityFault.BUSY))


def test_a_city_of_a_newer_version_is_marked() -> None:
    """Its unknown rows keep their keys."""
    table = {"rows": [{"key": "space_travel", "count": 300}], "other": 0}
    row = city_row(state(version=FIGURES_VERSION + 1, reports_by_family=table), NOW)
    assert "版本较新" in row.note
    assert row.families[0].name == "space_travel"


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (Share(whole=0, part=0), "–"),
        (Share(whole=200, part=100), "50.0%"),
        (Share(whole=100, part=Hidden.FEW), "≤4.0%"),
        (Share(whole=300, part=Hidden.NEARLY_ALL), "≥98.6%"),
        (Share(whole=Hidden.FEW, part=Hidden.WITHHELD), "少于5件"),
        (Share(whole=7, part=0), "0.0%"),
    ],
)
def test_a_share_says_what_may_be_said(share: Share, text: str) -> None:
    """A hidden part has the bound that follows from its word."""
    assert share_text(share, 5) == text


@pytest.mark.parametrize(
    ("age", "text"),
    [
        (timedelta(seconds=-30), "刚刚"),
        (timedelta(minutes=12), "12分钟前"),
        (timedelta(hours=47), "47小时前"),
        (timedelta(days=3), "3天前"),
    ],
)
def test_an_age_is_in_words(age: timedelta, text: str) -> None:
    """A clock that is a little ahead makes no negative age."""
    assert age_text(age) == text
